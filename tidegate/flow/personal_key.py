"""The key that personal columns are hashed with: where it comes from, and that it stays the same.

The key itself is in no table, log or message. Its fingerprint is in the ledger, so that a run with
another key, which would make every visitor a new one, is refused.
"""

import base64
import hashlib
import hmac
import os
import re
import secrets
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from tidegate.aws import aws_config, read_secret
from tidegate.contract import Contract
from tidegate.contract.changes import made_anew
from tidegate.errors import LakeError, SettingsError
from tidegate.lake.ledger import Entry
from tidegate.settings import SECRET, Settings

SHORTEST = 32  # bytes; a shorter key makes HMAC-SHA256 weaker than its hash (RFC 2104, section 3)
_EXPECTED = f"expected hexadecimal or base64 text of at least {SHORTEST} bytes"
_OWNER_ONLY = 0o600


@dataclass(frozen=True)
class PersonalKey:
    """The key.

    Attributes:
        secret: its bytes; never printed.
    """

    secret: bytes = field(repr=False)

    @cached_property
    def fingerprint(self) -> str:
        """Eight hexadecimal digits by which one key is told from another, and not found."""
        return hmac.new(self.secret, b"tidegate", hashlib.sha256).hexdigest()[:8]


def personal_key(settings: Settings, say: Callable[[str], None]) -> PersonalKey:
    """The key: from AWS Secrets Manager, from the environment, or a laptop's own file.

    Args:
        settings: the settings; ``personal_key`` is ``secretsmanager:NAME`` or the key as text.
        say: tells that a key was made.

    Raises:
        SettingsError: there is none, or what is there is none.
        StreamError: the endpoint that has the secret can't be reached.
    """
    given = settings.personal_key.get_secret_value().strip()
    if given.startswith(SECRET):
        name = given.removeprefix(SECRET)
        held = read_secret(aws_config(settings), name)
        place = f'secret "{name}"'
        return PersonalKey(_long(held, place) if isinstance(held, bytes) else _read(held, place))
    if given:
        return PersonalKey(_read(given, "TIDEGATE_PERSONAL_KEY"))
    if settings.catalog == "glue":
        raise SettingsError(
            "there is no key to hash personal columns with; name a secret of AWS Secrets Manager:"
            " TIDEGATE_PERSONAL_KEY=secretsmanager:NAME, or personal_key in tidegate.toml"
        )
    return PersonalKey(_own(settings, say))


def check_key(contract: Contract, last: Entry, key: PersonalKey | None) -> None:
    """Refuse to write rows beside others whose personal columns were hashed with another key.

    Args:
        contract: the clean table's contract.
        last: the table's newest page.
        key: this run's key; None where nothing is hashed.

    Raises:
        LakeError: they were; the message says what to do.
    """
    if not (key and last.fingerprint and last.totals.published):
        return
    if last.fingerprint != key.fingerprint:
        raise LakeError(
            f"{contract.table}: its personal columns are hashed with another key (fingerprint"
            f" {last.fingerprint}, this run's is {key.fingerprint}), and none of its rows would"
            f" match a new one; give that key (TIDEGATE_PERSONAL_KEY), or {made_anew(contract)}"
        )


def _read(text: str, place: str) -> bytes:
    """A key from its text: hexadecimal where it has no other digits, else base64."""
    text = text.strip()
    try:
        if re.fullmatch(r"(?:[0-9a-fA-F]{2})+", text):
            return _long(bytes.fromhex(text), place)
        return _long(base64.b64decode(text, validate=True), place)
    except ValueError:  # of base64 or of a character beyond ASCII; binascii.Error is one
        raise SettingsError(f"{place} is no key; {_EXPECTED}") from None


def _long(key: bytes, place: str) -> bytes:
    if len(key) < SHORTEST:
        raise SettingsError(f"{place} is a key of {len(key)} bytes; {_EXPECTED}")
    return key


def _own(settings: Settings, say: Callable[[str], None]) -> bytes:
    """The key in a laptop's own file, made where it isn't there."""
    file = settings.state / "personal.key"
    if file.resolve().is_relative_to(Path(settings.lake)):
        raise SettingsError(
            f"{file} would be in the lake; set warehouse to another folder, or personal_key"
        )
    if not file.exists():
        _make(file)
        say(f"made a key for hashing personal columns: {file}; keep it as long as the lake")
    if stat.S_IMODE(file.stat().st_mode) & ~_OWNER_ONLY:
        raise SettingsError(f"{file}: others can read the key; type: chmod 600 {file}")
    return _read(file.read_text(), str(file))


def _make(file: Path) -> None:
    """Make a key's file whole or not at all, and leave one that another run makes first."""
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
    try:
        with os.fdopen(handle, "w") as out:
            out.write(secrets.token_hex(SHORTEST) + "\n")
        os.link(fresh, file)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()

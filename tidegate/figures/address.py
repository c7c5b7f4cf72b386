"""Where the PostgreSQL of figures is: an address, a secret, or one on this machine.

::

    postgresql://USER:PASSWORD@HOST:PORT/NAME      sslmode=require but for this machine
    postgresql://…?sslmode=verify-full&sslrootcert=FILE
    postgresql://USER@/NAME?host=FOLDER            a socket in a folder of this machine
    postgresql+iam://USER@HOST:PORT/NAME           a password that IAM signs, for a few minutes
    secretsmanager:NAME                            an address as above, or what RDS keeps of itself
"""

import json
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tidegate.aws import AwsConfig, aws_config, read_secret
from tidegate.errors import SettingsError
from tidegate.settings import NONE, SECRET, Settings

_SCHEMES = ("postgresql", "postgres", "postgresql+iam")
_OPTIONS = ("host", "sslmode", "sslrootcert")
_MODES = ("disable", "require", "verify-full")
_EXPECTED = "expected postgresql://USER:PASSWORD@HOST:PORT/NAME or secretsmanager:NAME"
_SETTING = 'setting "figures_database" (TIDEGATE_FIGURES_DATABASE)'


@dataclass(frozen=True)
class Address:
    """How a database is reached.

    Attributes:
        user: who asks.
        password: None where the server trusts this machine.
        socket: the socket's file; then host and port don't count.
        tls: how the connection is encrypted; None where it isn't.
        by_iam: whether IAM signs a password for each connection.
    """

    user: str
    password: str | None = None
    host: str = "localhost"
    port: int = 5432
    database: str = "postgres"
    socket: str | None = None
    tls: ssl.SSLContext | None = None
    by_iam: bool = False

    def __str__(self) -> str:
        """Where it is, without a password."""
        return self.socket or f"{self.host}:{self.port}/{self.database}"

    def arguments(self, config: AwsConfig | None) -> dict[str, Any]:
        """What pg8000 connects with."""
        password = self.password
        if self.by_iam and config:
            password = config.client("rds").generate_db_auth_token(
                DBHostname=self.host, Port=self.port, DBUsername=self.user, Region=config.region
            )
        known = {"user": self.user, "password": password, "database": self.database}
        if self.socket:
            return known | {"unix_sock": self.socket}
        return known | {"host": self.host, "port": self.port, "ssl_context": self.tls}


def given_address(settings: Settings) -> Address | None:
    """The address that the settings give; None where they leave it to this machine.

    Raises:
        SettingsError: it is none, or its secret can't be read.
    """
    text = settings.figures_database.get_secret_value()
    if text == NONE:
        raise SettingsError(f"{_SETTING} says that there is none; {_EXPECTED}")
    if not text.startswith(SECRET):
        return _read(text, _SETTING) if text else None
    name = text.removeprefix(SECRET)
    held = read_secret(aws_config(settings), name)
    said = held if isinstance(held, str) else held.decode(errors="replace")
    place = f'secret "{name}"'
    return _of_rds(said, place) if said.lstrip().startswith("{") else _read(said.strip(), place)


def _of_rds(text: str, place: str) -> Address:
    """The address that RDS keeps in the secret of a database."""
    try:
        told = json.loads(text)
        return Address(
            user=told["username"],
            password=told["password"],
            host=told["host"],
            port=int(told.get("port", 5432)),
            database=told.get("dbname") or "postgres",
            tls=_tls("require", None, place),
        )
    except (ValueError, KeyError, TypeError):
        raise SettingsError(
            f"{place} isn't what RDS keeps of a database (username, password, host, port, dbname);"
            f" {_EXPECTED}"
        ) from None


def _read(text: str, place: str) -> Address:
    """An address from its text; an error never shows it, as it may hold a password."""
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
        options = {name: found[-1] for name, found in parse_qs(parts.query).items()}
    except ValueError:
        raise SettingsError(f"{place} is no address; {_EXPECTED}") from None
    folder = options.get("host")
    if parts.scheme not in _SCHEMES or not (host or folder) or not parts.username:
        raise SettingsError(f"{place} is no address; {_EXPECTED}")
    if unknown := sorted(options.keys() - {*_OPTIONS}):
        raise SettingsError(f'{place}: unknown "{unknown[0]}"; it takes {", ".join(_OPTIONS)}')
    is_here = host in (None, "localhost", "127.0.0.1", "::1")
    mode = options.get("sslmode", "disable" if is_here else "require")
    return Address(
        user=unquote(parts.username),
        password=unquote(parts.password) if parts.password else None,
        host=host or "localhost",
        port=port or 5432,
        socket=f"{folder}/.s.PGSQL.{port or 5432}" if folder else None,
        database=unquote(parts.path.lstrip("/")) or "postgres",
        tls=_tls(mode, options.get("sslrootcert"), place),
        by_iam=parts.scheme == "postgresql+iam",
    )


def _tls(mode: str, authorities: str | None, place: str) -> ssl.SSLContext | None:
    """How a connection is encrypted, by libpq's words for it."""
    if mode not in _MODES:
        raise SettingsError(f'{place}: sslmode is "{mode}"; expected one of {", ".join(_MODES)}')
    if mode == "disable":
        return None
    if authorities and not Path(authorities).is_file():
        raise SettingsError(f"{place}: sslrootcert {authorities}: no such file")
    context = ssl.create_default_context(cafile=authorities)
    if mode == "require":
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context

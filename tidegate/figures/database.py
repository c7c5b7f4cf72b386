"""Connections to the PostgreSQL of figures."""

import queue
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pg8000
import pg8000.native
from pg8000.exceptions import DatabaseError, InterfaceError

from tidegate.aws import aws_config
from tidegate.errors import StreamError
from tidegate.figures.address import Address, given_address
from tidegate.figures.embedded import embedded_address
from tidegate.settings import Settings

CONNECTING = 25.0
"""Seconds that a connection may take: Aurora that rests at no capacity needs some 15 to wake."""
LOADING = 900.0
"""Seconds that a statement of a load may take, or wait for another load."""
ASKING = 10.0
"""Seconds that a question may take."""
IDLE = 300.0
"""Seconds after which a connection that nobody asks on is closed, so that Aurora may rest."""
# What isn't the statement's fault: the connection, the server's end, too many connections, a login.
_GONE = ("08", "57P", "53", "28", "3D")
Gone = (InterfaceError, OSError)


def find_address(settings: Settings) -> Address:
    """Where the database is; one on this machine is started.

    Raises:
        SettingsError: what the settings name can't be used.
        TidegateError: the one on this machine doesn't start.
    """
    return given_address(settings) or embedded_address(settings)


def connect(settings: Settings, to_load: bool = False) -> Any:
    """A connection, in UTC.

    Args:
        settings: whose database.
        to_load: whether rows are loaded, for which awswrangler wants a connection of its kind, and
            which may wait for another load; else a statement has ``ASKING`` seconds.

    Raises:
        SettingsError: what the settings name can't be used.
        StreamError: nothing answers there, or it lets nobody in.
    """
    address = find_address(settings)
    given = address.arguments(aws_config(settings) if address.by_iam else None)
    kind = pg8000.Connection if to_load else pg8000.native.Connection
    limits = {"statement_timeout": f"{ASKING:.0f}s", "idle_session_timeout": f"{IDLE:.0f}s"}
    try:
        return kind(
            **given,
            timeout=LOADING if to_load else CONNECTING,
            application_name="tidegate",
            startup_params={"TimeZone": "UTC", **({} if to_load else limits)},
        )
    except (*Gone, DatabaseError) as error:
        raise StreamError(f"no PostgreSQL answers at {address}: {said_by(error)}") from None


def said_by(error: Exception) -> str:
    """What PostgreSQL says, or the network."""
    told = error.args[0] if error.args else str(error)
    return str(told.get("M", told) if isinstance(told, dict) else told).splitlines()[0]


def code_of(error: Exception) -> str:
    """PostgreSQL's five letters for what is wrong; empty where it didn't say."""
    told = error.args[0] if error.args else None
    return str(told.get("C", "")) if isinstance(told, dict) else ""


def is_gone(error: Exception) -> bool:
    """Whether the database is gone, rather than a statement wrong."""
    return isinstance(error, Gone) or code_of(error).startswith(_GONE)


class Pool:
    """Connections that wait for the next question; one question has one at a time."""

    def __init__(self, settings: Settings, most: int = 8) -> None:
        """A pool without a connection yet.

        Args:
            settings: whose database.
            most: how many connections there are at the most.
        """
        self._settings = settings
        self._free = queue.LifoQueue[Any]()
        for _ in range(most):
            self._free.put(None)

    @contextmanager
    def reading(self) -> Iterator[Any]:
        """A connection in a transaction that only reads.

        Raises:
            StreamError: the database is gone, or all connections are at work for too long.
        """
        try:
            held = self._free.get(timeout=ASKING)
        except queue.Empty:
            raise StreamError("too many questions at once; ask again") from None
        try:
            held = self._begun(held)
            yield held
            held.run("COMMIT")
        except Exception:
            held = _rolled_back(held)
            raise
        finally:
            self._free.put(held)

    def _begun(self, held: Any) -> Any:
        """A connection whose transaction has begun; a new one where an old one was cut."""
        if held is not None:
            try:
                held.run(_BEGIN)
            except (*Gone, DatabaseError):
                closed(held)
            else:
                return held
        made = connect(self._settings)
        made.run(_BEGIN)
        return made


_BEGIN = "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"


def _rolled_back(held: Any) -> Any:
    """A connection after what went wrong in it; none where it was cut."""
    try:
        held.run("ROLLBACK")
    except (*Gone, DatabaseError, AttributeError):  # or it was never made
        return closed(held)
    return held


def closed(held: Any) -> None:
    """Close a connection, which may be cut already."""
    try:
        if held is not None:
            held.close()
    except (*Gone, DatabaseError):
        pass  # it is closed already

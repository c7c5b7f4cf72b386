"""Reading once more, where a table moved on while it was read."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from tidegate.errors import FilesGone

Args = ParamSpec("Args")
Found = TypeVar("Found")


def once_more(read: Callable[Args, Found]) -> Callable[Args, Found]:
    """A reading that begins anew, once, where files it was to read are gone.

    A statement reads each table as it was when the statement began. Expiry may take the files of
    that state away meanwhile; what its readers see then has files of its own.

    Args:
        read: what to do; it asks the catalog each time.

    Raises:
        FilesGone: they are gone at the second attempt, too.
    """

    @wraps(read)
    def reading(*args: Args.args, **kwargs: Args.kwargs) -> Found:
        try:
            return read(*args, **kwargs)
        except FilesGone:
            return read(*args, **kwargs)

    return reading

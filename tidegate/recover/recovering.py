"""Bring a lake's tables back: what can be, together, rewritten and given to a catalog."""

from collections.abc import Callable
from dataclasses import dataclass

from tidegate.contract import Contracts
from tidegate.errors import BooksError, LakeError, counted
from tidegate.lake.registering import check_free, register
from tidegate.recover.found import Found, find
from tidegate.recover.gaps import Gap
from tidegate.recover.place import Place, place_of
from tidegate.recover.rewriting import rewrite
from tidegate.recover.together import Choice, choose
from tidegate.settings import Settings


@dataclass(frozen=True)
class Recovery:
    """What a replica has, and what its tables will be.

    Attributes:
        origin: where the lake was that it is a replica of.
        choices: one a table, by name.
        others: the folders of tables of which the project has no contract.
    """

    origin: str
    choices: tuple[Choice, ...]
    others: tuple[str, ...] = ()


def plan(settings: Settings, contracts: Contracts) -> Recovery:
    """What can be brought back of the replica at the settings' lake; nothing is changed.

    Args:
        settings: whose ``lake`` is where the replica's files are now.
        contracts: the project's contracts, which say what tables there are.

    Raises:
        LakeError: nothing there is a replica of a lake, or its tables are in the catalog already.
        StreamError: the local endpoint is meant and doesn't run.
    """
    check_free(settings, list(contracts))
    place = place_of(settings)
    found, folders = _found(place, settings, contracts)
    if not found:
        raise LakeError(
            f"{settings.lake}: no table of this project's has metadata there; name the replica with"
            " --warehouse or TIDEGATE_WAREHOUSE, and its databases' prefix with"
            " TIDEGATE_DATABASE_PREFIX"
        )
    origin = next(iter(found.values())).location.rsplit("/", 2)[0]
    others = place.folders() - folders
    return Recovery(origin, tuple(choose(found, contracts)), tuple(sorted(others)))


def _found(
    place: Place, settings: Settings, contracts: Contracts
) -> tuple[dict[str, Found], set[str]]:
    """The project's tables that the replica has, wherever their databases' folders are; and those.

    They are named for the database in a folder's lake, and in Glue as the stack of the lake says,
    or by Iceberg with ``.db`` behind.
    """
    prefix = settings.database_prefix
    for database in dict.fromkeys((f"{prefix}{{}}", f"{prefix}{{}}.db", "{}", "{}.db")):
        folders = {name: _folder(database, name) for name in contracts}
        if found := find(place, folders):
            return found, set(folders.values())
    return {}, set()


def _folder(database: str, name: str) -> str:
    of, table = name.split(".")
    return f"{database.format(of)}/{table}"


def carry_out(settings: Settings, recovery: Recovery, say: Callable[[str], None]) -> None:
    """Write the tables' metadata anew and give them to the catalog, all of them last.

    Until then nothing has changed but for files that nobody knows of; whoever dies on the way does
    it again.

    Raises:
        LakeError: S3 refuses something.
    """
    locations = {}
    for choice in recovery.choices:
        if choice.state:
            choice.found.place.drop_cut_sums(choice.found.folder)
            locations[choice.found.name] = rewrite(choice, choice.state)
            say(f"{choice.found.name}: its metadata is written")
    register(settings, locations)
    verb = "is" if len(locations) == 1 else "are"
    say(f"{counted(len(locations), 'table')} of {recovery.origin} {verb} in the catalog")


def lost(gaps: list[Gap]) -> BooksError:
    """The error that tells of records that no stream has any more."""
    lines = ["the tables are back, but not every record can be accounted for"]
    lines += [f"  {gap}" for gap in gaps]
    lines += ["  send again what was sent then, if a sender kept it: duplicates are told apart"]
    return BooksError("\n".join(lines))

"""What may not be told of a rule that looks at a personal column: any value of it."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tidegate.contract import Contract, Rule, Stage
from tidegate.contract.sql import takes_whole_rows
from tidegate.errors import TidegateError

UNJUDGED = "could not be judged: "
_SENT = ("payload", "partition_key")
WITHHELD = "not kept, as the rule looks at a personal column"

# The name of one of Spark's errors, which has no value of a row in it.
ERROR_CLASS = re.compile(r"\[[A-Z][A-Z_.]+\]")


def is_personal(rule: Rule, contract: Contract) -> bool:
    """Whether a rule's arguments name a personal column, in SQL or otherwise.

    A query that takes whole rows names each of their columns.
    """
    names = personal_columns(contract)
    query = rule.arguments.get("unexpected_rows_query")
    takes_all = bool(names) and isinstance(query, str) and takes_whole_rows(query)
    return takes_all or _name_any(names, _texts(rule.arguments))


def personal_columns(contract: Contract) -> list[str]:
    """The columns whose values are told to nobody; in raw, what a sender wrote is, always."""
    sent = _SENT if contract.stage in (Stage.LAND, Stage.QUARANTINE) else ()
    return [one.name for one in contract.columns if one.personal or one.name in sent]


def _is_computed_from_personal(rule: Rule, contract: Contract) -> bool:
    """Whether a rule names a column that is computed from a personal one, personal itself or not.

    Its values are no secret then, but the error of computing it may tell the other's.
    """
    names = personal_columns(contract)
    known = 0
    while known < len(names):  # each round finds what is computed of what the last one found
        known = len(names)
        names += [
            column.name
            for column in contract.columns
            if column.name not in names
            and column.transform
            and _name_any(names, [column.transform])
        ]
    return _name_any(names, _texts(rule.arguments))


def _name_any(names: list[str], texts: Iterable[str]) -> bool:
    """Whether texts name one of some columns."""
    named = re.compile(rf"\b({'|'.join(map(re.escape, names))})\b", re.IGNORECASE)  # as SQL does
    return bool(names) and any(named.search(text) for text in texts)


def _texts(value: Any) -> Iterator[str]:
    """Every text in some arguments."""
    if isinstance(value, Mapping):
        value = [*value.keys(), *value.values()]
    if isinstance(value, list | tuple):
        for one in value:
            yield from _texts(one)
    else:
        yield str(value)


def unjudged(rule: Rule, contract: Contract, trouble: str) -> str:
    """That a rule could not be judged, and why; without the error's words where they may tell."""
    if is_personal(rule, contract) or _is_computed_from_personal(rule, contract):
        named = ERROR_CLASS.search(trouble)
        trouble = named[0] if named else f"its error is {WITHHELD}"
    return f"{UNJUDGED}{trouble}"


def observed(rule: Rule, contract: Contract, value: object) -> str:
    """What was found, in words."""
    return WITHHELD if is_personal(rule, contract) else f"found {value}"


def withheld(error: Exception, contract: Contract) -> Exception:
    """An error of Spark's on a contract's rows as it may be raised: without a personal value.

    Args:
        error: the error, whose words may hold one.
        contract: the contract of the rows.

    Returns:
        The error itself where the contract has no personal column.
    """
    if not personal_columns(contract):
        return error
    named = ERROR_CLASS.search(str(error))
    told = named[0] if named else type(error).__name__
    return TidegateError(
        f"{contract.table}: Spark fails on its rows: {told}; its words are not kept, as they may"
        " hold a personal value; where it failed is in spark.log (.tidegate/log, on a laptop)"
    )

"""What may not be told of a rule that looks at a personal column: any value of it."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from tidegate.contract import Contract, Rule

UNJUDGED = "could not be judged: "
WITHHELD = "not kept, as the rule looks at a personal column"

# The name of one of Spark's errors, which has no value of a row in it.
_ERROR_CLASS = re.compile(r"\[[A-Z][A-Z_.]+\]")


def is_personal(rule: Rule, contract: Contract) -> bool:
    """Whether a rule's arguments name a personal column, in SQL or otherwise."""
    names = [re.escape(column.name) for column in contract.columns if column.personal]
    named = re.compile(rf"\b({'|'.join(names)})\b", re.IGNORECASE)  # as SQL takes names
    return bool(names) and any(named.search(text) for text in _texts(rule.arguments))


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
    if is_personal(rule, contract):
        named = _ERROR_CLASS.search(trouble)
        trouble = named[0] if named else f"its error is {WITHHELD}"
    return f"{UNJUDGED}{trouble}"


def observed(rule: Rule, contract: Contract, value: object) -> str:
    """What was found, in words."""
    return WITHHELD if is_personal(rule, contract) else f"found {value}"

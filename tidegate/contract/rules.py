"""A contract's ``quality`` as rules: expectations, and the standard's metrics compiled to them."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from open_data_contract_standard.model import DataQuality

from tidegate.contract.arguments import wrong_arguments
from tidegate.contract.document import Document, Place
from tidegate.contract.metrics import Uncompiled, compile_metric
from tidegate.contract.model import Column, Rule, Severity
from tidegate.contract.past import PAST_ENGINE, PAST_RULES, compile_past
from tidegate.contract.properties import read_properties
from tidegate.contract.vocabulary import ENGINE

# The rule that every table which keeps books has, and that no contract writes.
BOOKS = "books_balance"
_ID = re.compile(r"[a-z][a-z0-9_]*")
_EXPECTATION = re.compile(r"expect_[a-z0-9]+(_[a-z0-9]+)*")
_ROW = re.compile(
    r"expect_(column_values|column_value_lengths|column_pair_values|multicolumn|select_column)_\w+"
)
_NAMES_COLUMNS = re.compile(r"(sum_)?column(_\w+)?")


def read_rules(
    document: Document,
    place: Place,
    given: Sequence[DataQuality] | None,
    columns: Sequence[Column],
    on: Column | None = None,
) -> Iterable[Rule]:
    """The rules of one ``quality`` list: a table's, or a column's (``on``).

    What is wrong is noted in the document. Rules of type ``text`` are for people and are left out.
    """
    for index, item in enumerate(given or ()):
        here = (*place, "quality", index)
        if item.type == "text":
            continue
        read_properties(document, here, item.customProperties, {})
        rule_id, severity = _id(document, here, item), _severity(document, here, item)
        if not (item.description or "").strip():
            document.refuse(
                here, f'rule "{item.id}" has no description; say in a sentence what it asks'
            )
        compiled = _expectation(document, here, item, on, columns)
        if compiled is None:
            continue
        expectation, arguments = compiled
        _check_columns(document, here, item, arguments, [column.name for column in columns])
        _check_arguments(document, here, item, wrong_arguments(expectation, arguments, columns))
        if severity is Severity.REFUSE:
            _check_refusal(document, here, item, expectation, arguments)
        if rule_id and severity:
            yield Rule(
                id=rule_id,
                description=" ".join((item.description or "").split()),
                severity=severity,
                dimension=item.dimension or "",
                expectation=expectation,
                arguments=arguments,
                line=document.line(here),
                past=expectation in PAST_RULES,
            )


def _id(document: Document, place: Place, item: DataQuality) -> str | None:
    if item.id is None:
        document.refuse(place, "a rule has no id; expected e.g. id: size_not_negative")
    elif item.id == BOOKS:
        document.refuse((*place, "id"), f'rule "{item.id}": every table has one of that name')
    elif not _ID.fullmatch(item.id):
        what = f'rule "{item.id}" needs an id of lower-case letters, digits and _'
        document.refuse((*place, "id"), what, item.id, [item.id.lower().replace("-", "_")])
    return item.id


def _severity(document: Document, place: Place, item: DataQuality) -> Severity | None:
    known = [str(severity) for severity in Severity]
    if item.severity in known:
        return Severity(item.severity)
    if item.severity is None:
        what = f'rule "{item.id}" has no severity; expected one of {", ".join(known)}'
        document.refuse(place, what)
    else:
        what = (
            f'rule "{item.id}" has severity "{item.severity}"; expected one of {", ".join(known)}'
        )
        document.refuse((*place, "severity"), what, item.severity, known)
    return None


def _expectation(
    document: Document,
    place: Place,
    item: DataQuality,
    on: Column | None,
    columns: Sequence[Column],
) -> tuple[str, dict[str, Any]] | None:
    """The expectation's type and arguments; None where the rule can't be read, which is noted."""
    try:
        if item.type == "custom":
            return _custom(document, place, item, on)
        if item.type == "sql":
            from tidegate.contract.sql import compile_sql  # a parser, which few contracts need

            return compile_sql(item, on, columns)
        return compile_metric(item, on)
    except Uncompiled as reason:
        document.refuse((*place, *reason.where), f'rule "{item.id}": {reason}')
        return None


def _custom(
    document: Document, place: Place, item: DataQuality, on: Column | None
) -> tuple[str, dict[str, Any]] | None:
    if item.engine not in (ENGINE, PAST_ENGINE):
        what = f'rule "{item.id}" has engine "{item.engine}"; expected {ENGINE}'
        what += f", or {PAST_ENGINE} to compare with the past"
        document.refuse((*place, "engine"), what, item.engine or "", (ENGINE, PAST_ENGINE))
        return None
    here = (*place, "implementation")
    if not isinstance(item.implementation, dict):
        document.refuse(here, f'rule "{item.id}": implementation needs a type and its kwargs')
        return None
    for key in item.implementation:
        if key not in ("type", "kwargs"):
            what = f'unknown key "{key}" in the implementation of rule "{item.id}"'
            document.refuse((*here, key), what, key, ("type", "kwargs"))
    name, kwargs = item.implementation.get("type"), item.implementation.get("kwargs") or {}
    if not isinstance(kwargs, dict):
        document.refuse((*here, "kwargs"), f'rule "{item.id}": kwargs must be a mapping')
        return None
    if item.engine == PAST_ENGINE:
        return compile_past(name, kwargs, on)
    if not isinstance(name, str) or not _EXPECTATION.fullmatch(name):
        what = f'rule "{item.id}" has expectation {name!r}; expected snake_case, e.g.'
        document.refuse((*here, "type"), f"{what} expect_column_values_to_be_between")
        return None
    return _with_columns(document, here, item, name, dict(kwargs), on)


def _with_columns(
    document: Document,
    place: Place,
    item: DataQuality,
    name: str,
    kwargs: dict[str, Any],
    on: Column | None,
) -> tuple[str, dict[str, Any]] | None:
    """The arguments with the column a rule sits on filled in, where the expectation has one."""
    needed = _columns_of(name)
    if on is not None and needed != ("column",):
        what = f'rule "{item.id}": {name} is not about one column; move it to the table\'s quality'
        document.refuse((*place, "type"), what)
        return None
    if on is not None and kwargs.setdefault("column", on.name) != on.name:
        what = f'rule "{item.id}" is on column "{on.name}" and names another, "{kwargs["column"]}"'
        document.refuse((*place, "kwargs", "column"), what)
        return None
    missing = [key for key in needed if key not in kwargs]
    if missing:
        document.refuse(
            place, f'rule "{item.id}": {name} needs {" and ".join(missing)} in its kwargs'
        )
        return None
    if on is not None:
        kwargs = {"column": kwargs.pop("column"), **kwargs}
    return name, kwargs


def _columns_of(expectation: str) -> tuple[str, ...]:
    """The arguments in which an expectation names its columns, from the first words of its name."""
    if expectation.startswith("expect_column_pair_"):
        return ("column_A", "column_B")
    if expectation.startswith(("expect_multicolumn_", "expect_select_column_", "expect_compound_")):
        return ("column_list",)
    if expectation.startswith("expect_column_"):
        return ("column",)
    return ()


def _check_columns(
    document: Document, place: Place, item: DataQuality, arguments: dict[str, Any], known: list[str]
) -> None:
    """Refuse a rule on columns that aren't there."""
    for key, value in arguments.items():
        if not _NAMES_COLUMNS.fullmatch(key):
            continue
        for name in value if isinstance(value, list) else [value]:
            if isinstance(name, str) and name not in known:
                what = (
                    f'rule "{item.id}": {key} names "{name}", which is not a column of this table'
                )
                here = ("implementation", "kwargs", key) if item.implementation else ("arguments",)
                document.refuse((*place, *here), what, name, known)


def _check_arguments(
    document: Document, place: Place, item: DataQuality, wrong: Iterable[tuple[str, str]]
) -> None:
    """Refuse arguments that an expectation takes and nothing could keep."""
    for key, what in wrong:
        if not item.implementation:
            named = {"regex": "pattern", "value_set": "validValues"}
            here: Place = ("arguments", named.get(key, key))
        else:
            here = ("implementation", key) if key == "type" else ("implementation", "kwargs", key)
        document.refuse((*place, *here), f'rule "{item.id}": {what}')


def _check_refusal(
    document: Document, place: Place, item: DataQuality, name: str, arguments: dict[str, Any]
) -> None:
    """Refuse a row rule that can't be judged row by row."""
    here = (*place, "severity")
    if not _ROW.fullmatch(name) or name.endswith("_to_be_unique"):
        what = f'rule "{item.id}" can not refuse rows: {name} judges a whole table'
        document.refuse(here, f"{what}; expected severity warn or block")
    elif arguments.get("mostly", 1) != 1:
        what = f'rule "{item.id}" can not refuse rows and let some pass: leave mostly out'
        document.refuse(here, f"{what}, or use severity warn or block")

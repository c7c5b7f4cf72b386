"""The rules that compare with the past: their kinds, what each takes, what of the table it needs.

``gate.past`` judges them; here it is settled, before a run starts, that it will be able to.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from open_data_contract_standard.model import ServiceLevelAgreementProperty

from tidegate.contract.document import Document, Place
from tidegate.contract.metrics import Expectation, Uncompiled
from tidegate.contract.model import Column, Contract
from tidegate.errors import did_you_mean

PAST_ENGINE = "tidegate"

VOLUME = "volume_within_usual"
REFUSED = "refused_share_within_usual"
NULLS = "null_share_within_usual"
FRESHNESS = "freshness_within_promise"

# What each kind takes, with its default; a type stands for one that has none.
PAST_RULES: Mapping[str, Mapping[str, Any]] = {
    VOLUME: {"min_ratio": 0.5, "max_ratio": 2.0, "weeks": 8, "min_days": 4},
    REFUSED: {"max_ratio": 3.0, "min_share": 0.001, "days": 28, "min_days": 7, "min_rows": 100},
    NULLS: {"column": str, "max_increase": 0.1, "days": 28, "min_days": 7, "min_rows": 100},
    FRESHNESS: {"column": str, "latency": float, "unit": str},
}

_UNITS = {
    "minutes": ("m", "min", "minute", "minutes"),
    "hours": ("h", "hr", "hour", "hours"),
    "days": ("d", "day", "days"),
}
_PROMISES = ("latency", "ly", "frequency", "fy")
MOST_DAYS = 28  # before the judged one; as many as the ledger keeps refusals of


def compile_past(name: Any, kwargs: Mapping[str, Any], on: Column | None) -> Expectation:
    """The kind and its arguments, defaults filled in.

    Raises:
        Uncompiled: there is no such kind, or it doesn't take these arguments.
    """
    if name not in PAST_RULES:
        near = did_you_mean(str(name), list(PAST_RULES))
        known = ", ".join(PAST_RULES)
        raise Uncompiled(
            f'unknown type "{name}"; expected one of {known}{near}', "implementation", "type"
        )
    takes = PAST_RULES[name]
    if on is not None:
        kwargs = _on_column(name, takes, kwargs, on)
    for key, value in kwargs.items():
        _check(name, key, value)
    defaults = {key: value for key, value in takes.items() if not isinstance(value, type)}
    arguments = {**defaults, **kwargs}
    _check_together(name, arguments)
    return name, arguments


def read_promise(
    document: Document, given: list[ServiceLevelAgreementProperty] | None
) -> timedelta | None:
    """How old the newest row may be: there every ``frequency``, and ``latency`` later."""
    promised = timedelta()
    for index, item in enumerate(given or ()):
        if item.property not in _PROMISES:
            continue
        try:
            promised += _span(item.value, item.unit)
        except Uncompiled as reason:
            document.refuse(("slaProperties", index, "value"), f"{item.property}: {reason}")
    return promised or None


def latency(arguments: Mapping[str, Any], promise: timedelta | None) -> timedelta | None:
    """How old a freshness rule lets the newest row be: its own word, else the promise."""
    if "latency" in arguments:
        return _span(arguments["latency"], arguments.get("unit"))
    return promise


def check_past(document: Document, contract: Contract, places: Mapping[str, Place]) -> None:
    """Refuse rules whose table hasn't what they look at.

    Args:
        document: the contract's document.
        contract: the contract.
        places: where each rule is, by id.
    """
    for rule in contract.past_rules:
        what = _lacking(contract, rule.expectation, rule.arguments)
        if what:
            document.refuse(places[rule.id], f'rule "{rule.id}": {rule.expectation} {what}')


def _lacking(contract: Contract, name: str, arguments: Mapping[str, Any]) -> str:
    """What a rule would need and its table hasn't; empty where there is all."""
    columns = {column.name: column for column in contract.columns}
    column = arguments.get("column")
    if name == FRESHNESS:
        if latency(arguments, contract.promise) is None:
            return "finds no promise; give it latency and unit, or the contract slaProperties"
        time = columns.get(column or contract.time or "")
        if time is None or time.type not in ("date", "timestamp", ""):
            return "needs a column that is a date or a timestamp; name it in its kwargs"
        return ""
    if contract.day is None:
        return "needs a table that is partitioned by a day"
    if name == REFUSED and "quarantine" not in contract.properties:
        return "needs a table that has a quarantine"
    if name == NULLS and column in columns and columns[column].type == "array<string>":
        return f'can not be asked of "{column}", a list'
    return ""


def _on_column(
    name: str, takes: Mapping[str, Any], kwargs: Mapping[str, Any], on: Column
) -> dict[str, Any]:
    """The arguments with the column a rule sits on."""
    if "column" not in takes:
        raise Uncompiled(f"{name} is about the table; move it to the table's quality")
    if kwargs.get("column", on.name) != on.name:
        what = f'is on column "{on.name}" and names another, "{kwargs["column"]}"'
        raise Uncompiled(what, "implementation", "kwargs", "column")
    return {"column": on.name, **kwargs}


def _check(name: str, key: str, value: Any) -> None:
    """Refuse an argument that a kind doesn't take, or not with this value."""
    here, takes = ("implementation", "kwargs", key), PAST_RULES[name]
    if key not in takes:
        near = did_you_mean(key, list(takes))
        raise Uncompiled(f'{name} takes no "{key}"; expected {", ".join(takes)}{near}', *here)
    kind = takes[key] if isinstance(takes[key], type) else type(takes[key])
    if kind is str:
        right, expected = isinstance(value, str), "text"
    elif kind is int:
        right = isinstance(value, int) and not isinstance(value, bool) and value > 0
        expected = "a whole number, at least 1"
    else:
        right = isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
        expected = "a number, at least 0"
    if not right:
        raise Uncompiled(f"{key} is {value!r}; expected {expected}", *here)


def _check_together(name: str, arguments: Mapping[str, Any]) -> None:
    """Refuse arguments that can't be kept together."""
    here = ("implementation", "kwargs")
    if name == VOLUME and arguments["min_ratio"] > arguments["max_ratio"]:
        what = f"min_ratio {arguments['min_ratio']} is more than max_ratio {arguments['max_ratio']}"
        raise Uncompiled(what, *here, "min_ratio")
    if name == NULLS and "column" not in arguments:
        raise Uncompiled(f"{name} needs column in its kwargs", *here)
    if name == FRESHNESS and "latency" in arguments:
        _span(arguments["latency"], arguments.get("unit"))
    window = "weeks" if name == VOLUME else "days"
    if window in arguments and arguments["min_days"] > arguments[window]:
        what = f"min_days {arguments['min_days']} is more than {window} {arguments[window]}"
        raise Uncompiled(f"{what} can have", *here, "min_days")
    if name == REFUSED and arguments["days"] > MOST_DAYS:
        what = f"days {arguments['days']} is more than the {MOST_DAYS} that the ledger keeps"
        raise Uncompiled(what, *here, "days")


def _span(value: Any, unit: str | None) -> timedelta:
    """A length of time in the standard's words, e.g. 2 and ``h``."""
    for word, names in _UNITS.items():
        if unit in names:
            try:
                return timedelta(**{word: float(value)})
            except (TypeError, ValueError, OverflowError):
                raise Uncompiled(f"{value!r} is not a number of {word}") from None
    known = [names[0] for names in _UNITS.values()]
    near = did_you_mean(str(unit), [name for names in _UNITS.values() for name in names])
    raise Uncompiled(
        f'unit is "{unit}"; expected {", ".join(known)}{near}', "implementation", "kwargs", "unit"
    )

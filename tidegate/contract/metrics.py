"""The standard's library metrics, compiled to expectations that mean the same, or not at all."""

from collections.abc import Callable, Mapping
from math import ceil, floor
from typing import Any

from open_data_contract_standard.model import DataQuality

from tidegate.contract.document import Place
from tidegate.contract.model import Column

Expectation = tuple[str, dict[str, Any]]


class Uncompiled(Exception):  # noqa: N818 - never leaves the package
    """A metric has no expectation that says the same; ``where`` is the key to blame."""

    def __init__(self, message: str, *where: str) -> None:
        super().__init__(message)
        self.where: Place = where


def compile_metric(item: DataQuality, on: Column | None) -> Expectation:
    """The expectation for one rule with a ``metric``.

    Raises:
        Uncompiled: no expectation says the same as the metric, its arguments and its threshold.
    """
    if item.metric is None or item.metric not in _METRICS:
        raise Uncompiled(
            f'unknown metric "{item.metric}"; expected one of {", ".join(_METRICS)}', "metric"
        )
    return _METRICS[item.metric](item, on)


def _null_values(item: DataQuality, on: Column | None) -> Expectation:
    column = _column(item, on)
    _arguments(item)
    return "expect_column_values_to_not_be_null", {"column": column.name, **_mostly(item)}


def _missing_values(item: DataQuality, on: Column | None) -> Expectation:
    column = _column(item, on)
    values = _arguments(item, "missingValues").get("missingValues")
    if not isinstance(values, list) or not values or None in values:
        raise Uncompiled(
            "missingValues needs a list of values in its arguments; null is counted by nullValues",
            "arguments",
        )
    name = "expect_column_values_to_not_be_in_set"
    return name, {"column": column.name, "value_set": values, **_mostly_of_values(item, column)}


def _invalid_values(item: DataQuality, on: Column | None) -> Expectation:
    column = _column(item, on)
    arguments = _arguments(item, "validValues", "pattern")
    if len(arguments) != 1:
        raise Uncompiled("invalidValues needs either validValues or pattern", "arguments")
    mostly = _mostly_of_values(item, column)
    [(key, value)] = arguments.items()
    kind, called = (str, "a regular expression") if key == "pattern" else (list, "a list of values")
    if not isinstance(value, kind) or not value:
        raise Uncompiled(f"{key} must be {called}", "arguments", key)
    if key == "pattern":
        name = "expect_column_values_to_match_regex"
        return name, {"column": column.name, "regex": value, **mostly}
    name = "expect_column_values_to_be_in_set"
    return name, {"column": column.name, "value_set": value, **mostly}


def _duplicate_values(item: DataQuality, on: Column | None) -> Expectation:
    if _highest(item) != 0:
        raise Uncompiled("duplicateValues can only be held to mustBe: 0", "metric")
    if on is not None:
        _arguments(item)
        return "expect_column_values_to_be_unique", {"column": on.name}
    names = _arguments(item, "properties").get("properties")
    if not isinstance(names, list) or len(names) < 2:
        raise Uncompiled(
            "duplicateValues on the table needs two or more columns in arguments: properties",
            "arguments",
        )
    return "expect_compound_columns_to_be_unique", {"column_list": names}


def _row_count(item: DataQuality, on: Column | None) -> Expectation:
    if on is not None:
        raise Uncompiled("rowCount is about the table; move it to the table's quality", "metric")
    if item.unit not in (None, "rows"):
        raise Uncompiled(f'rowCount has no unit "{item.unit}"; expected rows', "unit")
    _arguments(item)
    bounds = {"min_value": _lowest(item), "max_value": _highest(item)}
    given = {key: value for key, value in bounds.items() if value is not None}
    if not given:
        raise Uncompiled("rowCount can't be held to mustNotBe or mustNotBeBetween")
    return "expect_table_row_count_to_be_between", given


_METRICS: Mapping[str, Callable[[DataQuality, Column | None], Expectation]] = {
    "nullValues": _null_values,
    "missingValues": _missing_values,
    "invalidValues": _invalid_values,
    "duplicateValues": _duplicate_values,
    "rowCount": _row_count,
}


def _column(item: DataQuality, on: Column | None) -> Column:
    if on is None:
        raise Uncompiled(
            f"{item.metric} is about a column; move it to the column's quality", "metric"
        )
    return on


def _arguments(item: DataQuality, *known: str) -> dict[str, Any]:
    arguments = item.arguments or {}
    for key in arguments:
        if key not in known:
            expected = f"expected {' or '.join(known)}" if known else "it takes none"
            raise Uncompiled(f'{item.metric} has no argument "{key}"; {expected}', "arguments", key)
    return arguments


def _mostly(item: DataQuality) -> dict[str, Any]:
    """The share of rows that must be right, where the rule lets a percentage be wrong."""
    if _highest(item) == 0:
        return {}
    if item.unit == "percent" and item.mustBeLessOrEqualTo is not None:
        return {"mostly": round(1 - item.mustBeLessOrEqualTo / 100, 10)}
    raise Uncompiled(
        f"{item.metric} can be held to mustBe: 0, or to mustBeLessOrEqualTo with unit: percent",
        "metric",
    )


def _mostly_of_values(item: DataQuality, column: Column) -> dict[str, Any]:
    """The same for expectations that leave nulls out: their share is one of values, not rows."""
    mostly = _mostly(item)
    if mostly and not column.required:
        raise Uncompiled(
            f'a percentage of rows can\'t be asked of "{column.name}", which may be null;'
            " use an expectation with mostly, which is a share of its values",
            "unit",
        )
    return mostly


def _lowest(item: DataQuality) -> float | int | None:
    """The least count allowed."""
    if item.mustBeGreaterThan is not None:
        return floor(item.mustBeGreaterThan) + 1
    if item.mustBeBetween is not None:
        return item.mustBeBetween[0]
    return item.mustBe if item.mustBe is not None else item.mustBeGreaterOrEqualTo


def _highest(item: DataQuality) -> float | int | None:
    """The greatest count or percentage allowed; counts are whole: below n is at most n - 1."""
    if item.mustBeLessThan is not None:
        return item.mustBeLessThan if item.unit == "percent" else ceil(item.mustBeLessThan) - 1
    if item.mustBeBetween is not None:
        return item.mustBeBetween[1]
    return item.mustBe if item.mustBe is not None else item.mustBeLessOrEqualTo

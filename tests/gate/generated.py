"""Tables and rules that differ in every way that has made two engines disagree."""

import itertools
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
from great_expectations.expectations.row_conditions import Column
from pyspark.sql import DataFrame, SparkSession

SCHEMA = (
    "whole int, other int, big bigint, fraction double, single float, money decimal(12,2),"
    " text string, word string, flag boolean, moment timestamp, day date"
)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# What a column may hold, by the kind of table.
_USUAL = {
    "whole": [0, 1, 2, 3, 5, 8, -1],
    "other": [0, 1, 2, 3, 4],
    "big": [0, 1, 10**6, -(10**6)],
    "fraction": [0.0, 0.5, 1.0, 2.25, 99.9],
    "single": [0.0, 0.5, 0.1, 3.0],
    "money": [Decimal("0.00"), Decimal("9.99"), Decimal("10.00"), Decimal("-1.50")],
    "text": ["a", "b", "c", "ab", "user1"],
    "word": ["a", "b", "user22"],
    "flag": [True, False],
    "moment": [_moment("2024-01-01T10:00:00"), _moment("2024-05-05T12:30:00.123456")],
    "day": [date(2024, 1, 1), date(2024, 2, 29)],
}
_ODD = {
    "nan": {"fraction": [math.nan, 1.0, 0.0], "single": [math.nan, 0.5]},
    "all nan": {"fraction": [math.nan], "single": [math.nan]},
    "zeros": {"fraction": [0.0, -0.0], "single": [0.0, -0.0], "whole": [0], "big": [0]},
    "infinite": {"fraction": [math.inf, -math.inf, 1.0], "single": [math.inf, 2.0]},
    "extreme": {
        "whole": [2**31 - 1, -(2**31), 0],
        "other": [2**31 - 1, -(2**31), 1],
        "big": [2**63 - 1, -(2**63), 0],
        "fraction": [1.7976931348623157e308, 5e-324, -1.7976931348623157e308],
        "single": [3.4e38, 1e-45],
        "money": [Decimal("9999999999.99"), Decimal("-9999999999.99")],
    },
    "empty text": {"text": ["", " ", "a"], "word": ["", "a"]},
    "unicode": {
        "text": ["é", "e\u0301", "😀", "ß", "日本", "a\nb", "%", "_", "a'b", "\u0000"],
        "word": ["é", "İ", "日本", "'"],
    },
    "midnight": {
        "moment": [
            _moment("2024-02-29T23:59:59.999999"),
            _moment("2024-03-01T00:00:00"),
            _moment("1969-12-31T23:59:59.999999"),
        ],
        "day": [date(2024, 2, 29), date(2024, 3, 1), date(1, 1, 1), date(9999, 12, 31)],
    },
    "daylight saving": {
        "moment": [
            _moment("2024-03-31T00:59:59"),
            _moment("2024-03-31T01:00:00"),
            _moment("2024-10-27T00:30:00"),
            _moment("2024-10-27T01:30:00"),
        ]
    },
}
_KINDS = ("usual", "no rows", "one row", "no nulls", "all null", *_ODD)


@dataclass(frozen=True)
class Table:
    """A table's rows.

    Attributes:
        name: what is odd about it.
        rows: its rows, in the schema's order.
        partitions: how many parts Spark reads it in.
    """

    name: str
    rows: list[tuple[Any, ...]]
    partitions: int

    def frame(self, spark: SparkSession) -> DataFrame:
        """The table as a frame whose rows don't move."""
        frame = spark.createDataFrame(self.rows, SCHEMA)
        return frame.coalesce(self.partitions).persist()


def tables(number: int) -> Iterator[Table]:
    """Tables of every kind, again and again with other rows."""
    for seed in range(number):
        kind = _KINDS[seed % len(_KINDS)]
        dice = random.Random(seed)
        holds = {**_USUAL, **_ODD.get(kind, {})}
        size = {"no rows": 0, "one row": 1}.get(kind, dice.randrange(2, 40))
        share = {"no nulls": 0.0, "all null": 1.0}.get(kind, dice.choice((0.05, 0.2, 0.5)))
        rows = [
            tuple(None if dice.random() < share else dice.choice(some) for some in holds.values())
            for _ in range(size)
        ]
        yield Table(f"{kind} ({seed})", rows, 1 + seed % 2)


_ids = itertools.count()
# Whose row_condition stock ignores on Spark; a test of its own shows what comes of it.
CONDITION_IGNORED = "column_pair_values_to_be_in_set"
_CONDITIONS: list[dict[str, Any]] = [
    {"row_condition": Column("whole") > 0},
    {"row_condition": Column("text") == "a"},
    {"row_condition": Column("fraction").is_null()},
    {"row_condition": Column("whole").is_in([1, 2, 3])},
    {"row_condition": Column("text").is_not_in(["a", "b"])},
    {"row_condition": (Column("whole") >= 1) & (Column("text") != "b")},
    {"row_condition": (Column("whole") < 1) | Column("text").is_not_null()},
    {"row_condition": Column("whole") == 123456},
    {"row_condition": 'col("whole") > 1', "condition_parser": "great_expectations"},
    {"row_condition": 'col("text").notnull()', "condition_parser": "great_expectations"},
    {"row_condition": "flag AND length(text) > 0", "condition_parser": "spark"},
    {"row_condition": "day >= DATE'2024-02-01'", "condition_parser": "spark"},
]
_MOSTLY = (1, 0, 0.5, 0.75, 0.9, 1 / 3)


def _bounds(column: str, low: Any, high: Any) -> list[dict[str, Any]]:
    return [
        {"column": column, "min_value": low, "max_value": high},
        {"column": column, "min_value": low, "max_value": high, "strict_min": True},
        {"column": column, "min_value": low, "max_value": high, "strict_max": True},
        {"column": column, "min_value": low, "strict_min": True},
        {"column": column, "max_value": high},
        {"column": column, "min_value": high, "max_value": high},
    ]


_RANGES = [
    _bounds("whole", 0, 3),
    _bounds("big", 0, 10**6),
    _bounds("fraction", 0.0, 1.0),
    _bounds("single", 0.1, 3.0),
    _bounds("money", -1.5, 10),
    _bounds("moment", "2024-01-01T10:00:00", "2024-03-31T01:00:00"),
    _bounds("moment", datetime(2024, 1, 1, 10), datetime(2024, 5, 5, 12, 30, 0, 123456)),
    _bounds("day", date(2024, 1, 1), date(2024, 2, 29)),
]
_NUMBERS = [*_RANGES[0], *_RANGES[1], *_RANGES[2], *_RANGES[3], *_RANGES[4]]
_ALL = [one for some in _RANGES for one in some]
_COLUMNS = [
    {"column": one} for one in ("whole", "fraction", "text", "moment", "money", "flag", "day")
]
_SETS = [
    {"column": "text", "value_set": ["a", "b", ""]},
    {"column": "whole", "value_set": [0, 1, 2]},
    {"column": "fraction", "value_set": [0.0, 1.0, math.nan]},
    {"column": "money", "value_set": [9.99, 10]},
    {"column": "flag", "value_set": [True]},
    {"column": "day", "value_set": [date(2024, 2, 29)]},
    {"column": "moment", "value_set": ["2024-01-01T10:00:00"]},
    {"column": "text", "value_set": []},
    {"column": "text", "value_set": [1, 2]},
]
_REGEX = [{"column": "text", "regex": one} for one in ("^[a-z]+$", "^$", "é|日", "(?i)USER", ".")]
_IGNORED = ("both_values_are_missing", "either_value_is_missing", "neither")
_PAIRS = [
    {"column_A": a, "column_B": b, "ignore_row_if": ignored}
    for a, b in (("whole", "other"), ("big", "whole"), ("text", "word"), ("fraction", "single"))
    for ignored in _IGNORED
]
_LISTS = [
    {"column_list": columns, "ignore_row_if": ignored}
    for columns in (["whole", "other"], ["whole", "other", "big"], ["fraction", "single"])
    for ignored in ("all_values_are_missing", "any_value_is_missing", "never")
]

# Expectations with their arguments; each row of a table of cases draws one.
MAPS: dict[str, list[dict[str, Any]]] = {
    "column_values_to_not_be_null": _COLUMNS,
    "column_values_to_be_null": _COLUMNS,
    "column_values_to_be_between": _ALL,
    "column_values_to_be_in_set": _SETS,
    "column_values_to_not_be_in_set": _SETS,
    "column_value_lengths_to_be_between": [
        {"column": "text", "min_value": 1, "max_value": 2},
        {"column": "text", "min_value": 1, "strict_min": True},
        {"column": "word", "max_value": 0},
    ],
    "column_value_lengths_to_equal": [
        {"column": "text", "value": 1},
        {"column": "word", "value": 0},
    ],
    "column_values_to_match_regex": _REGEX,
    "column_values_to_not_match_regex": _REGEX,
    "column_values_to_match_regex_list": [
        {"column": "text", "regex_list": ["^a", "b$"], "match_on": "any"},
        {"column": "text", "regex_list": ["^a", "b$"], "match_on": "all"},
    ],
    "column_values_to_not_match_regex_list": [{"column": "text", "regex_list": ["^a", "1$"]}],
    "column_pair_values_a_to_be_greater_than_b": [
        *_PAIRS,
        *({**one, "or_equal": True} for one in _PAIRS),
    ],
    "column_pair_values_to_be_equal": _PAIRS,
    "column_pair_values_to_be_in_set": [
        {**one, "value_pairs_set": [(1, 1), (2, 3), (0, None)]} for one in _PAIRS[:3]
    ],
    "multicolumn_sum_to_equal": [{**one, "sum_total": 4} for one in _LISTS],
    "multicolumn_values_to_be_equal": _LISTS,
    "select_column_values_to_be_unique_within_record": _LISTS,
}
FIGURES: dict[str, list[dict[str, Any]]] = {
    "column_max_to_be_between": _ALL,
    "column_min_to_be_between": _ALL,
    "column_mean_to_be_between": _NUMBERS,
    "column_sum_to_be_between": _NUMBERS,
    "column_stdev_to_be_between": _NUMBERS,
    "column_proportion_of_non_null_values_to_be_between": [
        {"column": "text", "min_value": 0.5},
        {"column": "fraction", "max_value": 0.5, "strict_max": True},
    ],
    "table_row_count_to_be_between": [{"min_value": 1, "max_value": 20}, {"max_value": 0}],
    "table_row_count_to_equal": [{"value": 0}, {"value": 1}],
}
SHAPES: dict[str, list[dict[str, Any]]] = {
    "column_type_to_be": [{"column": "text", "type_": "StringType"}],
    "column_to_exist": [
        {"column": "text"},
        {"column": "nowhere"},
        {"column": "big", "column_index": 2},
    ],
    "column_values_to_be_of_type": [
        {"column": "text", "type_": "StringType"},
        {"column": "whole", "type_": "LongType"},
    ],
    "column_values_to_be_in_type_list": [
        {"column": "money", "type_list": ["DecimalType", "FloatType"]}
    ],
    "table_column_count_to_be_between": [{"min_value": 11, "max_value": 11}],
    "table_column_count_to_equal": [{"value": 3}],
    "table_columns_to_match_ordered_list": [{"column_list": ["whole", "other"]}],
    "table_columns_to_match_set": [{"column_set": ["whole", "other"], "exact_match": False}],
}
# What reads the rows: other rows decide, or a function in Python does.
FALLEN_BACK: dict[str, list[dict[str, Any]]] = {
    "column_values_to_be_unique": _COLUMNS,
    "column_values_to_be_increasing": [{"column": "whole"}],
    "column_values_to_be_decreasing": [{"column": "whole", "strictly": True}],
    "compound_columns_to_be_unique": _LISTS[:3],
    "column_median_to_be_between": _RANGES[0],
    "column_quantile_values_to_be_between": [
        {
            "column": "whole",
            "quantile_ranges": {"quantiles": [0.1, 0.5], "value_ranges": [[0, 1], [None, 3]]},
        }
    ],
    "column_distinct_values_to_be_in_set": _SETS[:2],
    "column_distinct_values_to_contain_set": _SETS[:2],
    "column_distinct_values_to_equal_set": _SETS[:2],
    "column_most_common_value_to_be_in_set": _SETS[:2],
    "column_unique_value_count_to_be_between": [{"column": "text", "min_value": 1, "max_value": 4}],
    "column_proportion_of_unique_values_to_be_between": [{"column": "text", "min_value": 0.5}],
    "column_kl_divergence_to_be_less_than": [
        {
            "column": "text",
            "partition_object": {"values": ["a", "b", "c"], "weights": [0.5, 0.3, 0.2]},
            "threshold": 0.5,
        }
    ],
    "column_value_z_scores_to_be_less_than": [
        {"column": "fraction", "threshold": 2, "double_sided": True}
    ],
    "column_values_to_not_be_outliers": [{"column": "whole", "method": "iqr", "multiplier": 1.5}],
    "column_values_to_be_json_parseable": [{"column": "text"}],
    "column_values_to_match_json_schema": [{"column": "text", "json_schema": {"type": "object"}}],
    "column_values_to_match_strftime_format": [{"column": "text", "strftime_format": "%Y-%m-%d"}],
    "column_values_to_be_dateutil_parseable": [{"column": "text"}],
}


def rules(seed: int, some: dict[str, list[dict[str, Any]]]) -> list[ExpectationConfiguration]:
    """A rule of each expectation, with arguments, ``mostly`` and ``row_condition`` drawn by lot."""
    dice = random.Random(seed)
    conditions = dice.sample(_CONDITIONS, 2)
    drawn = []
    for name, arguments in some.items():
        kwargs = dict(dice.choice(arguments))
        if some is MAPS:
            kwargs["mostly"] = dice.choice(_MOSTLY)
        if some is not SHAPES and name != CONDITION_IGNORED and dice.random() < 0.5:
            kwargs |= dice.choice(conditions)
        drawn.append(rule(f"expect_{name}", **kwargs))
    return drawn


def rule(name: str, **kwargs: Any) -> ExpectationConfiguration:
    """A rule as Great Expectations takes it, with an id of its own."""
    meta = {"id": f"{name}_{next(_ids)}"}
    return ExpectationConfiguration(type=name, kwargs=kwargs, meta=meta)

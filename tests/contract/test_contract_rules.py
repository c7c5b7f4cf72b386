"""Rules that nothing could keep, rules in SQL, rules about the past: what is said of wrong ones."""

from datetime import timedelta

import pytest

from tidegate.contract import load_contracts

pytestmark = pytest.mark.quick

CLEAN = "contracts/clean.clicks.yaml"
ON_TABLE = "metric: rowCount\n        mustBeGreaterThan: 0"
ON_PRICE = "implementation: {type: expect_column_values_to_be_between, kwargs: {min_value: 0}}"


def expectation(name: str, kwargs: str) -> str:
    """A rule on the table; its kwargs are on line 45."""
    return f"""\
type: custom
        engine: greatExpectations
        implementation:
          type: {name}
          kwargs: {kwargs}"""


def sql(query: str, threshold: str = "mustBe: 0") -> str:
    """A rule on the table; its query is on line 42."""
    return f"type: sql\n        query: {query}\n        {threshold}"


def past(kind: str, kwargs: str) -> str:
    """A rule on the table; its type is on line 44, its kwargs on line 45."""
    return f"""\
type: custom
        engine: tidegate
        implementation:
          type: {kind}
          kwargs: {kwargs}"""


@pytest.mark.parametrize(
    ("kwargs", "said"),
    [
        ("{min_value: 5, max_value: 1}", "min_value 5 leaves nothing below max_value 1"),
        (
            "{min_value: 1, max_value: 1, strict_max: true}",
            "min_value 1 leaves nothing below max_value 1",
        ),
        ("{min_value: cheap}", "min_value is 'cheap'; column \"price\" is a decimal(9,2)"),
        ("{max_value: true}", 'max_value is True; column "price" is a decimal(9,2)'),
    ],
)
def test_bounds_are_the_right_way_up_and_of_the_column_s_type(problems, kwargs, said):
    assert problems("kwargs: {min_value: 0}", f"kwargs: {kwargs}") == [
        f'{CLEAN}:36: rule "price_not_negative": {said}'
    ]


@pytest.mark.parametrize(
    ("name", "kwargs", "line", "said"),
    [
        (
            "expect_column_values_to_be_between",
            "{column: click_id, min_value: 1}",
            45,
            'min_value needs a number or a time; column "click_id" is a string',
        ),
        (
            "expect_column_max_to_be_between",
            "{column: day, max_value: soon}",
            45,
            "max_value is 'soon'; column \"day\" is a date",
        ),
        (
            "expect_column_values_to_be_in_set",
            "{column: price, value_set: [1, two]}",
            45,
            "value_set has 'two'; column \"price\" is a decimal(9,2)",
        ),
        (
            "expect_column_mean_to_be_between",
            "{column: click_id, max_value: 5}",
            44,
            'expect_column_mean_to_be_between needs a number; column "click_id" is a string',
        ),
        (
            "expect_column_value_lengths_to_be_between",
            "{column: click_id, min_value: 9, max_value: 5}",
            45,
            "min_value 9 leaves nothing below max_value 5",
        ),
        (
            "expect_column_values_to_match_regex",
            "{column: click_id, regex: '[a-'}",
            45,
            "regex '[a-' is no regular expression: unterminated character set at position 0",
        ),
        (
            "expect_column_values_to_match_regex_list",
            "{column: click_id, regex_list: [a, 5]}",
            45,
            "regex_list 5 is no regular expression: expected text",
        ),
        (
            "expect_column_values_to_match_regex",
            "{column: click_id, regex: '(?P<year>[0-9]+)'}",
            45,
            "regex '(?P<year>[0-9]+)' is no regular expression: Java has no (?P<;"
            " a named group is (?<name>…)",
        ),
    ],
)
def test_an_expectation_takes_what_its_column_can_be(problems, name, kwargs, line, said):
    assert problems(ON_TABLE, expectation(name, kwargs)) == [
        f'{CLEAN}:{line}: rule "some_clicks": {said}'
    ]


@pytest.mark.parametrize(
    "regex",
    [r"^\p{Lu}\P{L}$", r"(?<year>\d+)-\k<year>", r"\Q[a-\E", r"[a-z&&[^q]]+\z", r"\x{1F600}\h"],
)
def test_a_regular_expression_of_java_s_own_is_fine(problems, regex):
    rule = expectation(
        "expect_column_values_to_match_regex", f"{{column: click_id, regex: '{regex}'}}"
    )

    assert problems(ON_TABLE, rule) == []


@pytest.mark.parametrize(
    ("rule", "line", "said"),
    [
        (
            sql("SELECT COUNT(*) FORM ${object}"),
            42,
            'query doesn\'t read, near "rows_just_written", line 1 of the query:'
            " Invalid expression / Unexpected token",
        ),
        (sql("DELETE FROM ${object}"), 42, "query is not one SELECT"),
        (sql("SELECT 1; SELECT COUNT(*) FROM ${table}"), 42, "query is not one SELECT"),
        (
            sql("SELECT COUNT(*) FROM ${tabel}"),
            42,
            "unknown placeholder ${tabel}; expected ${object} or ${table}, ${property} or"
            ' ${column}\n  did you mean "table"?',
        ),
        (
            sql("SELECT COUNT(${column}) FROM ${table}"),
            42,
            "${column} is the column a rule is on; name it, or move the rule there",
        ),
        (sql("SELECT * FROM ${table}"), 42, "query gives several columns; expected one value"),
        (
            sql("SELECT MAX(prize) FROM ${table}"),
            42,
            'query names "prize", which is not a column of this table\n  did you mean "price"?',
        ),
        (
            sql("SELECT COUNT(*) FROM ${table} t JOIN raw.clicks USING (shard)"),
            42,
            'query reads "raw.clicks"; it can read ${object} only',
        ),
        (
            sql("SELECT COUNT(*) FROM ${table}", "mustBeBetween: [9, 5]"),
            43,
            "mustBeBetween is upside down: 9 is more than 5",
        ),
        (
            sql("SELECT COUNT(*) FROM ${table}", "mustBe: [1]"),
            43,
            "mustBe is [1]; expected a number or text",
        ),
    ],
)
def test_sql_reads_and_asks_one_value_of_the_rows_just_written(problems, rule, line, said):
    assert problems(ON_TABLE, rule) == [f'{CLEAN}:{line}: rule "some_clicks": {said}']


def test_sql_can_not_refuse_rows(problems, clicks):
    [problem] = problems(
        ON_TABLE + "\n        severity: warn",
        sql("SELECT COUNT(*) FROM ${table}") + "\n        severity: refuse",
    )

    assert problem.startswith(f'{CLEAN}:44: rule "some_clicks" can not refuse rows')


@pytest.mark.parametrize(
    ("query", "threshold", "compiled"),
    [
        (
            "SELECT COUNT(*) FROM ${object} WHERE price > 9;",
            "mustBeLessThan: 5",
            "SELECT value FROM (SELECT (\nSELECT COUNT(*) FROM {batch} WHERE price > 9\n)"
            " AS value) WHERE (value < 5) IS NOT TRUE",
        ),
        (
            "SELECT MAX(click_id) FROM ${table} WHERE click_id RLIKE '^a{3}'",
            "mustNotBe: it's {}",
            "SELECT value FROM (SELECT (\nSELECT MAX(click_id) FROM {batch}"
            " WHERE click_id RLIKE '^a{{3}}'\n) AS value)"
            " WHERE (value <> 'it\\'s {{}}') IS NOT TRUE",
        ),
        (
            "WITH few AS (SELECT day FROM ${table}) SELECT COUNT(DISTINCT day) FROM few",
            "mustBeBetween: [1, 2.5]",
            "SELECT value FROM (SELECT (\nWITH few AS (SELECT day FROM {batch})"
            " SELECT COUNT(DISTINCT day) FROM few\n) AS value)"
            " WHERE (value BETWEEN 1 AND 2.5) IS NOT TRUE",
        ),
    ],
)
def test_sql_becomes_the_rows_whose_value_is_not_what_it_must_be(
    problems, clicks, query, threshold, compiled
):
    quoted = query.replace("'", "''")
    assert problems(ON_TABLE, sql(f"'{quoted}'", threshold)) == []

    rule = load_contracts(clicks)["clean.clicks"].rules[-1]

    assert rule.expectation == "unexpected_rows_expectation"
    assert rule.arguments == {"unexpected_rows_query": compiled}


def test_sql_on_a_column_asks_of_that_column(problems, clicks):
    rule = "query: 'SELECT AVG(${column}) FROM ${table}'\n            mustBeLessThan: 100"
    file = clicks / "contracts" / f"{CLEAN.removeprefix('contracts/')}"
    text = file.read_text().replace(
        "type: custom\n            engine: greatExpectations", "type: sql"
    )
    file.write_text(text.replace("severity: refuse", "severity: warn"))

    assert problems(ON_PRICE, rule) == []
    [query] = load_contracts(clicks)["clean.clicks"].rules[0].arguments.values()
    assert "SELECT AVG(`price`) FROM {batch}" in query


@pytest.mark.parametrize(
    ("rule", "line", "said"),
    [
        (
            past("volume_within_usul", "{}"),
            44,
            'unknown type "volume_within_usul"; expected one of volume_within_usual,'
            " refused_share_within_usual, null_share_within_usual, freshness_within_promise"
            '\n  did you mean "volume_within_usual"?',
        ),
        (
            past("volume_within_usual", "{max_ration: 3}"),
            45,
            'volume_within_usual takes no "max_ration"; expected min_ratio, max_ratio, weeks,'
            ' min_days\n  did you mean "max_ratio"?',
        ),
        (
            past("volume_within_usual", "{min_ratio: half}"),
            45,
            "min_ratio is 'half'; expected a number, at least 0",
        ),
        (
            past("volume_within_usual", "{weeks: 0}"),
            45,
            "weeks is 0; expected a whole number, at least 1",
        ),
        (
            past("volume_within_usual", "{min_ratio: 2, max_ratio: 1}"),
            45,
            "min_ratio 2 is more than max_ratio 1",
        ),
        (
            past("volume_within_usual", "{weeks: 3}"),
            45,
            "min_days 4 is more than weeks 3 can have",
        ),
        (
            past("refused_share_within_usual", "{days: 90}"),
            45,
            "days 90 is more than the 28 that the ledger keeps",
        ),
        (
            past("null_share_within_usual", "{}"),
            45,
            "null_share_within_usual needs column in its kwargs",
        ),
        (
            past("null_share_within_usual", "{column: prise}"),
            45,
            'column names "prise", which is not a column of this table\n  did you mean "price"?',
        ),
        (
            past("freshness_within_promise", "{latency: 2, unit: hous}"),
            45,
            'unit is "hous"; expected m, h, d\n  did you mean "hours"?',
        ),
        (
            past("freshness_within_promise", "{}"),
            40,
            "freshness_within_promise finds no promise;"
            " give it latency and unit, or the contract slaProperties",
        ),
        (
            past("freshness_within_promise", "{latency: 1, unit: d, column: price}"),
            40,
            "freshness_within_promise needs a column that is a date or a timestamp;"
            " name it in its kwargs",
        ),
    ],
)
def test_a_rule_about_the_past_is_of_a_known_kind_with_known_arguments(problems, rule, line, said):
    assert problems(ON_TABLE, rule) == [f'{CLEAN}:{line}: rule "some_clicks": {said}']


def test_a_rule_about_the_past_can_not_refuse_rows(problems):
    rule = past("volume_within_usual", "{}")

    [problem] = problems(f"{ON_TABLE}\n        severity: warn", f"{rule}\n        severity: refuse")

    assert problem == (
        f'{CLEAN}:46: rule "some_clicks" can not refuse rows: volume_within_usual judges a whole'
        " table; expected severity warn or block"
    )


def test_the_defaults_of_a_rule_about_the_past_are_filled_in(problems, clicks):
    assert problems(ON_TABLE, past("volume_within_usual", "{max_ratio: 3}")) == []

    contract = load_contracts(clicks)["clean.clicks"]

    [rule] = contract.past_rules
    assert rule.arguments == {"min_ratio": 0.5, "max_ratio": 3, "weeks": 8, "min_days": 4}
    assert contract.table_rules == ()


def test_a_promise_of_freshness_is_what_the_standard_s_sla_says(problems, clicks):
    promised = """\
slaProperties:
  - {property: latency, value: 2, unit: h}
  - {property: frequency, value: 1, unit: d}
schema:
"""
    assert problems("schema:\n", promised) == []
    assert problems(ON_TABLE, past("freshness_within_promise", "{}")) == []

    assert load_contracts(clicks)["clean.clicks"].promise == timedelta(hours=26)


def test_a_promise_in_an_unknown_unit_is_refused(problems):
    promised = "slaProperties: [{property: latency, value: 2, unit: fortnight}]\nschema:\n"

    assert problems("schema:\n", promised) == [
        f'{CLEAN}:6: latency: unit is "fortnight"; expected m, h, d'
    ]

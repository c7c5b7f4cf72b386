"""The standard's own metrics, as the expectations that say the same."""

import pytest

from tidegate.contract import load_contracts

pytestmark = pytest.mark.quick

ON_TABLE = "        metric: rowCount\n        mustBeGreaterThan: 0\n"
ON_PRICE = """\
            type: custom
            engine: greatExpectations
            implementation: {type: expect_column_values_to_be_between, kwargs: {min_value: 0}}
            severity: refuse
"""


def indented(text: str, by: int) -> str:
    return "".join(f"{' ' * by}{line.strip()}\n" for line in text.split(";"))


@pytest.fixture
def rule_on_price(clicks):
    def put(text: str):
        file = clicks / "contracts" / "clean.clicks.yaml"
        rule = indented(f"{text}; severity: block", 12)
        file.write_text(file.read_text().replace(ON_PRICE, rule))
        rule = load_contracts(clicks)["clean.clicks"].rules[0]
        return rule.expectation, rule.arguments

    return put


@pytest.mark.parametrize(
    ("metric", "expectation", "arguments"),
    [
        ("metric: nullValues; mustBe: 0", "expect_column_values_to_not_be_null", {}),
        ("metric: nullValues; mustBeLessThan: 1", "expect_column_values_to_not_be_null", {}),
        (
            "metric: nullValues; mustBeLessOrEqualTo: 5; unit: percent",
            "expect_column_values_to_not_be_null",
            {"mostly": 0.95},
        ),
        (
            "metric: missingValues; arguments: {missingValues: [-1, 999]}; mustBe: 0",
            "expect_column_values_to_not_be_in_set",
            {"value_set": [-1, 999]},
        ),
        (
            "metric: invalidValues; arguments: {validValues: [1, 2]}; mustBe: 0",
            "expect_column_values_to_be_in_set",
            {"value_set": [1, 2]},
        ),
        (
            "metric: invalidValues; arguments: {pattern: '^[0-9]+$'}; mustBe: 0",
            "expect_column_values_to_match_regex",
            {"regex": "^[0-9]+$"},
        ),
        ("metric: duplicateValues; mustBe: 0", "expect_column_values_to_be_unique", {}),
    ],
)
def test_a_metric_on_a_column(rule_on_price, metric, expectation, arguments):
    assert rule_on_price(metric) == (expectation, {"column": "price", **arguments})


@pytest.mark.parametrize(
    ("metric", "expectation", "arguments"),
    [
        (
            "metric: rowCount; mustBe: 7",
            "expect_table_row_count_to_be_between",
            {"min_value": 7, "max_value": 7},
        ),
        (
            "metric: rowCount; mustBeLessThan: 10",
            "expect_table_row_count_to_be_between",
            {"max_value": 9},
        ),
        (
            "metric: rowCount; mustBeBetween: [5, 10]; unit: rows",
            "expect_table_row_count_to_be_between",
            {"min_value": 5, "max_value": 10},
        ),
        (
            "metric: duplicateValues; arguments: {properties: [day, price]}; mustBe: 0",
            "expect_compound_columns_to_be_unique",
            {"column_list": ["day", "price"]},
        ),
    ],
)
def test_a_metric_on_the_table(clicks, metric, expectation, arguments):
    file = clicks / "contracts" / "clean.clicks.yaml"
    file.write_text(file.read_text().replace(ON_TABLE, indented(metric, 8)))

    rule = load_contracts(clicks)["clean.clicks"].rules[-1]

    assert (rule.expectation, rule.arguments) == (expectation, arguments)


@pytest.mark.parametrize(
    ("metric", "said"),
    [
        (
            "metric: nullValues; mustBeLessOrEqualTo: 3",
            "34: {}nullValues can be held to mustBe: 0,"
            " or to mustBeLessOrEqualTo with unit: percent",
        ),
        (
            "metric: nullValues; mustBe: 5; unit: percent",
            "34: {}nullValues can be held to mustBe: 0,"
            " or to mustBeLessOrEqualTo with unit: percent",
        ),
        (
            "metric: nullValues; arguments: {column: day}; mustBe: 0",
            '35: {}nullValues has no argument "column"; it takes none',
        ),
        (
            "metric: missingValues; arguments: {missingValues: [null]}; mustBe: 0",
            "35: {}missingValues needs a list of values in its arguments;"
            " null is counted by nullValues",
        ),
        (
            "metric: invalidValues; mustBe: 0",
            "33: {}invalidValues needs either validValues or pattern",
        ),
        (
            "metric: invalidValues; arguments: {pattern: 7}; mustBe: 0",
            "35: {}pattern must be a regular expression",
        ),
        (
            "metric: invalidValues; arguments: {validValues: []}; mustBe: 0",
            "35: {}validValues must be a list of values",
        ),
        (
            "metric: invalidValues; arguments: {pattern: a}; mustBeLessOrEqualTo: 1; unit: percent",
            '37: {}a percentage of rows can\'t be asked of "price", which may be null;'
            " use an expectation with mostly, which is a share of its values",
        ),
        (
            "metric: duplicateValues; mustBeLessThan: 5",
            "34: {}duplicateValues can only be held to mustBe: 0",
        ),
        (
            "metric: rowCount; mustBe: 1",
            "34: {}rowCount is about the table; move it to the table's quality",
        ),
    ],
)
def test_a_metric_that_no_expectation_says_is_refused(problems, metric, said):
    rule = 'rule "price_not_negative": '

    assert problems(ON_PRICE, indented(f"{metric}; severity: block", 12)) == [
        "contracts/clean.clicks.yaml:" + said.format(rule)
    ]


@pytest.mark.parametrize(
    ("metric", "said"),
    [
        (
            "metric: nullValues; mustBe: 0",
            "41: {}nullValues is about a column; move it to the column's quality",
        ),
        (
            "metric: rowCount; mustNotBe: 0",
            "40: {}rowCount can't be held to mustNotBe or mustNotBeBetween",
        ),
        (
            "metric: rowCount; mustBe: 0; unit: percent",
            '43: {}rowCount has no unit "percent"; expected rows',
        ),
        (
            "metric: duplicateValues; arguments: {properties: [day]}; mustBe: 0",
            "42: {}duplicateValues on the table needs two or more columns in arguments: properties",
        ),
        (
            "metric: duplicateValues; arguments: {properties: [day, prise]}; mustBe: 0",
            '42: {}column_list names "prise", which is not a column of this table'
            '\n  did you mean "price"?',
        ),
    ],
)
def test_a_metric_that_does_not_fit_the_table_is_refused(problems, metric, said):
    rule = 'rule "some_clicks": '

    assert problems(ON_TABLE, indented(metric, 8)) == [
        "contracts/clean.clicks.yaml:" + said.format(rule)
    ]


def test_a_metric_is_held_to_something(problems):
    assert problems("        mustBeGreaterThan: 0\n", "") == [
        'contracts/clean.clicks.yaml:40: rule "some_clicks" needs exactly one of mustBe,'
        " mustNotBe, mustBeGreaterThan, mustBeGreaterOrEqualTo, mustBeLessThan,"
        " mustBeLessOrEqualTo, mustBeBetween, mustNotBeBetween"
    ]


def test_a_rule_of_type_text_is_for_people(clicks):
    file = clicks / "contracts" / "clean.clicks.yaml"
    file.write_text(file.read_text().replace(ON_TABLE, "        type: text\n"))

    assert [rule.id for rule in load_contracts(clicks)["clean.clicks"].rules] == [
        "price_not_negative"
    ]

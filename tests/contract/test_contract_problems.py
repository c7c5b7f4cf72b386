"""What is said of a wrong contract: file, line, what is wrong, what was expected, a near word."""

import shutil

import pytest

from tests.contract.conftest import CONTRACTS, verdicts_contract
from tidegate.contract import check_contracts

pytestmark = pytest.mark.quick

CLEAN = "contracts/clean.clicks.yaml"
TYPES = (
    "expected one of string, integer, long, float, double, decimal(p,s), boolean, date,"
    " timestamp, binary, array<string>"
)

SERVER = """\
servers:
  - server: stream
    type: kinesis
    region: us-east-1
    format: json
    customProperties:
      - property: stream
        value: clicks"""


def test_nothing_is_said_of_a_right_project(problems):
    assert problems("Nothing costs less", "Nothing costs less") == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "kind: DataContract",
            "kind: [DataContract",
            "3: isn't YAML: expected ',' or ']', but got ':'",
        ),
        (
            "status: active",
            "status: active\nstatus: draft",
            '6: isn\'t YAML: found duplicate key "status" with value "draft"'
            ' (original value: "active")',
        ),
        (
            "kind: DataContract",
            "kind: Recipe",
            "2: isn't a contract; expected kind: DataContract (Open Data Contract Standard v3.1)",
        ),
        (
            "apiVersion: v3.1.0",
            "apiVersion: v2.2.2",
            '1: apiVersion is "v2.2.2"; expected one of v3.1.0, v3.2.0',
        ),
        ("id: clean-clicks\n", "", '1: the contract has no "id"'),
        (
            "version: 1.0.0",
            "version: 1.0",
            "4: version is 1.0 in the contract; expected text (put it in quotes)",
        ),
        (
            "version: 1.0.0",
            "version: one",
            '4: version is "one"; expected three numbers, e.g. 1.0.0',
        ),
        (
            "status: active",
            "statsu: active",
            '5: unknown key "statsu" in the contract\n  did you mean "status"?',
        ),
        (
            "logicalType: string\n",
            "logicalType: string\n        descripton: Which click.\n",
            '16: unknown key "descripton" in column "click_id"\n  did you mean "description"?',
        ),
        (
            "            severity: refuse\n",
            "            severity: refuse\n            severty: refuse\n",
            '38: unknown key "severty" in rule "price_not_negative"\n  did you mean "severity"?',
        ),
        (
            "kwargs: {min_value",
            "kwargz: {min_value",
            '36: unknown key "kwargz" in the implementation of rule "price_not_negative"'
            '\n  did you mean "kwargs"?',
        ),
    ],
)
def test_the_form_of_a_contract_is_the_standard_s(problems, old, new, said):
    assert problems(old, new) == [f"{CLEAN}:{said}"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "decimal(9, 2)",
            "int64",
            f'30: column "price" has type "int64"; {TYPES}\n  did you mean "long"?',
        ),
        (
            "decimal(9, 2)",
            "duoble",
            f'30: column "price" has type "duoble"; {TYPES}\n  did you mean "double"?',
        ),
        (
            "decimal(9, 2)",
            "decimal(40,2)",
            f'30: column "price" has type "decimal(40,2)"; {TYPES}'
            '\n  did you mean "decimal(18,2)"?',
        ),
        ("        physicalType: decimal(9, 2)\n", "", f'29: column "price" has no type; {TYPES}'),
        (
            "physicalType: decimal(9, 2)",
            "logicalType: object",
            '30: column "price" has type "object"; expected one of string, integer, number,'
            " boolean, date, timestamp, array",
        ),
        (
            "physicalType: decimal(9, 2)",
            "logicalType: string\n        physicalType: long",
            '31: column "price": logicalType string and physicalType long disagree;'
            " expected one of string, binary",
        ),
        (
            "physicalType: decimal(9, 2)",
            "logicalType: array\n        items: {logicalType: integer}",
            '31: column "price" is a list of integer; only lists of string can be kept',
        ),
        (
            "physicalType: decimal(9, 2)",
            "physicalType: long\n        unique: true",
            '31: column "price": unique is not checked here;'
            " write a rule, or make it the key (primaryKey)",
        ),
        ("name: price", "name: day", '29: column "day" is already on line 23'),
        (
            "name: price",
            "name: Price",
            '29: column "Price" needs a name of lower-case letters, digits and _'
            '\n  did you mean "price"?',
        ),
        (
            "value: $.id",
            "value: actor.id",
            "18: column \"click_id\" has jsonPath 'actor.id'; expected keys, e.g. $.actor.id",
        ),
        (
            "value: $.id",
            "value: []",
            '18: column "click_id" has an empty jsonPath; expected e.g. $.actor.id',
        ),
        (
            "value: $.id",
            "value: null",
            '18: custom property "jsonPath" is None; expected a value',
        ),
        (
            "property: jsonPath, value: $.id",
            "property: jsonpath, value: $.id",
            '18: unknown custom property "jsonpath" in column "click_id";'
            ' expected one of jsonPath, rawColumn, personalData\n  did you mean "jsonPath"?',
        ),
        (
            "property: jsonPath, value: $.id",
            "property: rawColumn, value: shards",
            '18: column "click_id" is copied from "shards", which raw.clicks does not have'
            '\n  did you mean "shard"?',
        ),
        (
            "property: jsonPath, value: $.id",
            "property: rawColumn, value: payload",
            '18: column "click_id" has type "string"; its rawColumn is binary',
        ),
        (
            "        transformLogic: CAST(clicked_at AS DATE)\n",
            "",
            '23: column "day" comes from nowhere;'
            " expected one of jsonPath, rawColumn, transformLogic",
        ),
        (
            "value: [$.price, $.item.price]",
            "value: $.id",
            '31: column "price" takes $.id as decimal(9,2), and "click_id" on line 14 as string;'
            " expected one type, the other column's made of it by transformLogic",
        ),
        (
            "value: [$.price, $.item.price]",
            "value: [$.price, $.at.price]",
            '31: column "price" takes $.at.price, and "clicked_at" on line 19 takes $.at whole;'
            " expected a value or an object, not both",
        ),
        (
            "value: $.id",
            "value: $.item",
            '31: column "price" takes $.item.price, and "click_id" on line 14 takes $.item whole;'
            " expected a value or an object, not both",
        ),
        (
            "logicalType: string",
            "physicalType: binary",
            '18: column "click_id" has type "binary", which JSON has not;'
            " expected another, e.g. string",
        ),
        (
            "logicalType: date\n",
            "logicalType: date\n        customProperties: [{property: jsonPath, value: $.day}]\n",
            '23: column "day" comes from several places;'
            " expected one of jsonPath, rawColumn, transformLogic",
        ),
    ],
)
def test_a_column_has_a_name_a_known_type_and_one_source(problems, old, new, said):
    assert problems(old, new) == [f"{CLEAN}:{said}"]


def test_a_text_of_the_payload_may_fill_a_text_and_a_time(problems):
    assert problems("value: [$.price, $.item.price]", "value: $.price") == []
    assert problems("value: $.id", "value: $.at") == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "name: price\n",
            "name: price\n        id: click\n        physicalName: Price\n",
            '31: column "price" is stored as "Price"; expected lower-case letters, digits, _',
        ),
        (
            "name: price\n",
            "name: price\n        physicalName: click_id\n",
            '30: column "price" is stored as "click_id", which is another column\'s name',
        ),
    ],
)
def test_a_name_to_be_stored_under_is_one_that_misleads_nobody(problems, old, new, said):
    assert problems(old, new) == [f"{CLEAN}:{said}"]


def test_two_columns_have_neither_one_id_nor_one_stored_name(problems):
    problems("name: day\n", "name: day\n        id: one\n        physicalName: kept\n")

    told = problems("name: price\n", "name: price\n        id: one\n        physicalName: kept\n")

    assert told == [
        f'{CLEAN}:32: column "price" has id "one", which is that of the one on line 23',
        f'{CLEAN}:33: column "price" is stored as "kept", as is the one on line 23',
    ]


def test_what_the_engine_writes_has_no_other_stored_name(problems):
    told = problems("name: shard\n", "name: shard\n        physicalName: part\n", "raw.clicks")

    assert told == [
        'contracts/raw.clicks.yaml:37: column "shard" is written by the engine, under that name;'
        " leave out physicalName"
    ]


def test_a_major_version_s_quarantine_is_no_slip_of_the_one_it_stands_beside(tmp_path):
    folder = shutil.copytree(CONTRACTS, tmp_path / "contracts")
    text = (folder / "clean.github_events.yaml").read_text()
    for name in ("clean.github_events", "quarantine.github_events"):
        text = text.replace(name, f"{name}_v2")
    (folder / "clean.github_events_v2.yaml").write_text(text)

    assert check_contracts(tmp_path) == []

    slip = text.replace("quarantine.github_events_v2", "quarantine.gihub_events")
    (folder / "clean.github_events_v2.yaml").write_text(slip)
    assert 'did you mean "quarantine.github_events"?' in str(check_contracts(tmp_path)[0])


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "physicalName: clean.clicks",
            "physicalName: clear.clicks",
            '8: physicalName is "clear.clicks"; expected database.table,'
            ' the database one of raw, clean, quarantine, mart, quality\n  did you mean "clean"?',
        ),
        (
            "    physicalName: clean.clicks\n",
            "",
            "7: there is no physicalName; expected database.table,"
            " the database one of raw, clean, quarantine, mart, quality",
        ),
        (
            "physicalName: clean.clicks",
            "physicalName: clean.klicks",
            f'8: the contract of table "clean.klicks" is in {CLEAN};'
            " expected contracts/clean.klicks.yaml",
        ),
        (
            "schema:\n",
            "schema:\n  - {name: other}\n",
            "8: schema has 2 tables; expected one, a file a table",
        ),
        (
            "value: raw.clicks",
            "value: raw.click",
            '10: reads names "raw.click", which has no contract\n  did you mean "raw.clicks"?',
        ),
        (
            "value: raw.clicks",
            "value: clean.clicks",
            '10: reads names "clean.clicks"; expected a raw table\n  did you mean "raw.clicks"?',
        ),
        (
            "value: quarantine.clicks",
            "value: quarantine.click",
            '11: quarantine names "quarantine.click", which has no contract'
            '\n  did you mean "quarantine.clicks"?',
        ),
        (
            "      - {property: quarantine, value: quarantine.clicks}\n",
            "",
            '7: table "clean.clicks" has no quarantine; add the custom property quarantine',
        ),
        (
            "      - {property: reads, value: raw.clicks}\n",
            "",
            '7: table "clean.clicks" takes columns from a payload and names no raw table;'
            " add the custom property reads",
        ),
        (
            "      - {property: eventTime, value: clicked_at}\n",
            "",
            '7: table "clean.clicks" does not say when an event happened;'
            " add the custom property eventTime",
        ),
        (
            "value: clicked_at",
            "value: clicked",
            '12: eventTime names "clicked", which is not a column\n  did you mean "clicked_at"?',
        ),
        (
            "value: clicked_at",
            "value: day",
            '12: eventTime names "day"; expected a required timestamp',
        ),
        (
            "{property: quarantine,",
            "{property: maxPayloadBytes, value: 1 MB}\n      - {property: quarantine,",
            "11: custom property \"maxPayloadBytes\" is '1 MB';"
            " expected a whole number, at least 0",
        ),
        (
            "{property: quarantine,",
            "{property: maxPayloadByte, value: 9}\n      - {property: quarantine,",
            '11: unknown custom property "maxPayloadByte" in table "clean.clicks"; expected one of'
            " reads, quarantine, eventTime, maxPayloadBytes, clockSkewSeconds, receivedTime, file,"
            " validFrom, validTo"
            '\n  did you mean "maxPayloadBytes"?',
        ),
        (
            "        primaryKey: true\n        partitioned",
            "        partitioned",
            '7: table "clean.clicks" is partitioned by day; expected a date column'
            " that is in its key (an event is its day and its id)",
        ),
        (
            "        required: true\n        primaryKey: true\n        customProperties",
            "        required: true\n        customProperties",
            '7: table "clean.clicks" has no key but its day;'
            " add primaryKey: true to what identifies an event",
        ),
        (
            "        required: true\n        primaryKey: true\n        customProperties",
            "        primaryKey: true\n        customProperties",
            '16: column "click_id" is primaryKey and not required; add required: true',
        ),
        (
            "        partitioned: true\n",
            "        partitionKeyPosition: 1\n        partitioned: false\n",
            '27: column "day" has a partitionKeyPosition and no partitioned: true',
        ),
    ],
)
def test_a_table_says_what_its_stage_needs(problems, old, new, said):
    assert f"{CLEAN}:{said}" in problems(old, new)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("id: price_not_negative\n            type", "type", "33: a rule has no id; expected e.g."),
        (
            "id: price_not_negative",
            "id: Price-Check",
            '33: rule "Price-Check" needs an id of lower-case letters, digits and _'
            '\n  did you mean "price_check"?',
        ),
        (
            "id: some_clicks",
            "id: price_not_negative",
            '40: rule "price_not_negative" is already on line 33',
        ),
        (
            "            description: Nothing costs less than nothing.\n",
            "",
            '33: rule "price_not_negative" has no description; say in a sentence what it asks',
        ),
        (
            "severity: refuse",
            "severity: refuze",
            '37: rule "price_not_negative" has severity "refuze";'
            ' expected one of refuse, warn, block\n  did you mean "refuse"?',
        ),
        (
            "            severity: refuse\n",
            "",
            '33: rule "price_not_negative" has no severity; expected one of refuse, warn, block',
        ),
        (
            "severity: warn",
            "severity: refuse",
            '43: rule "some_clicks" can not refuse rows: expect_table_row_count_to_be_between'
            " judges a whole table; expected severity warn or block",
        ),
        (
            "{min_value: 0}",
            "{min_value: 0, mostly: 0.9}",
            '37: rule "price_not_negative" can not refuse rows and let some pass:'
            " leave mostly out, or use severity warn or block",
        ),
        (
            "{min_value: 0}",
            "{column: prise, min_value: 0}",
            '36: rule "price_not_negative" is on column "price" and names another, "prise"',
        ),
        (
            "engine: greatExpectations",
            "engine: soda",
            '35: rule "price_not_negative" has engine "soda"; expected greatExpectations',
        ),
        (
            "expect_column_values_to_be_between",
            "expectColumnValuesToBeBetween",
            "36: rule \"price_not_negative\" has expectation 'expectColumnValuesToBeBetween';"
            " expected snake_case, e.g. expect_column_values_to_be_between",
        ),
        (
            "expect_column_values_to_be_between",
            "expect_table_row_count_to_be_between",
            '36: rule "price_not_negative": expect_table_row_count_to_be_between'
            " is not about one column; move it to the table's quality",
        ),
        (
            "metric: rowCount",
            "metric: rowCuont",
            '41: metric is "rowCuont" in rule "some_clicks"; expected one of nullValues,'
            " missingValues, invalidValues, duplicateValues, rowCount"
            '\n  did you mean "rowCount"?',
        ),
        (
            "metric: rowCount\n        mustBeGreaterThan: 0",
            "type: sql\n        query: SELECT 1\n        mustBe: 1",
            '42: rule "some_clicks": query does not read ${object}, the rows just written',
        ),
    ],
)
def test_a_rule_has_an_id_a_sentence_a_severity_and_an_expectation(problems, old, new, said):
    [problem] = problems(old, new)

    assert problem.startswith(f"{CLEAN}:{said}")


@pytest.mark.parametrize(
    ("expectation", "kwargs", "said"),
    [
        (
            "expect_column_pair_values_to_be_equal",
            "{column_A: price, column_B: prize}",
            ': column_B names "prize", which is not a column of this table'
            '\n  did you mean "price"?',
        ),
        (
            "expect_column_pair_values_to_be_equal",
            "{column_A: prize, column_B: price}",
            ': column_A names "prize", which is not a column of this table'
            '\n  did you mean "price"?',
        ),
        (
            "expect_compound_columns_to_be_unique",
            "{column_list: [day, click]}",
            ': column_list names "click", which is not a column of this table'
            '\n  did you mean "click_id"?',
        ),
        (
            "expect_table_columns_to_match_set",
            "{column_set: [daye]}",
            ': column_set names "daye", which is not a column of this table\n  did you mean "day"?',
        ),
        (
            "expect_column_max_to_be_between",
            "{column: prices, max_value: 9}",
            ': column names "prices", which is not a column of this table\n  did you mean "price"?',
        ),
        (
            "expect_column_max_to_be_between",
            "{max_value: 9}",
            ": expect_column_max_to_be_between needs column in its kwargs",
        ),
    ],
)
def test_a_rule_names_columns_that_are_there(problems, expectation, kwargs, said):
    rule = f"""\
type: custom
        engine: greatExpectations
        implementation:
          type: {expectation}
          kwargs: {kwargs}"""
    line = 45 if "names" in said else 43

    assert problems("metric: rowCount\n        mustBeGreaterThan: 0", rule) == [
        f'{CLEAN}:{line}: rule "some_clicks"{said}'
    ]


@pytest.mark.parametrize(
    ("table", "old", "new", "said"),
    [
        (
            "raw.clicks",
            "name: landing",
            "name: landings",
            [
                '24: table "raw.clicks" has no column "landing" (long), which the engine writes',
                '82: column "landings" is not one the engine writes to a raw table'
                '\n  did you mean "landing"?',
            ],
        ),
        (
            "raw.clicks",
            "        partitioned: true\n        partitionKeyPosition: 2\n",
            "",
            [
                '24: table "raw.clicks" is partitioned by stream, arrived_at;'
                " expected stream, shard, arrived_at, in this order"
            ],
        ),
        (
            "raw.clicks",
            SERVER,
            "servers: []",
            ["14: a raw table lands a stream or files, and servers has none of type kinesis or s3"],
        ),
        (
            "raw.clicks",
            "property: stream",
            "property: streams",
            [
                "15: the kinesis server names no stream;"
                " expected customProperties: - property: stream",
                '20: unknown custom property "streams" in server "stream";'
                ' expected one of stream\n  did you mean "stream"?',
            ],
        ),
        (
            "raw.clicks",
            "severity: warn",
            "severity: refuse",
            [
                '55: rule "sequence_number_padded" can not refuse rows of a raw table;'
                " expected severity warn or block"
            ],
        ),
        (
            "quarantine.clicks",
            "logicalType: array\n        items:\n          logicalType: string",
            "logicalType: string",
            ['26: column "reasons" has type "string"; the engine writes array<string>'],
        ),
    ],
)
def test_what_the_engine_writes_is_in_the_contracts_of_its_tables(problems, table, old, new, said):
    assert problems(old, new, table=table) == [f"contracts/{table}.yaml:{line}" for line in said]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "      - name: share_broken\n        logicalType: number",
            "      - name: share_broken\n        logicalType: string",
            ['93: column "share_broken" has type "string"; the engine writes double'],
        ),
        (
            "description: What was found",
            "quality: [{metric: nullValues, mustBe: 0, id: told, severity: warn,"
            " description: It is told.}]\n        description: What was found",
            [
                '99: rule "told" would judge nothing: quality.verdicts gets no verdict of its own;'
                " take it out"
            ],
        ),
    ],
)
def test_verdicts_are_the_engine_s_and_get_no_verdict_of_their_own(
    problems, clicks, old, new, said
):
    (clicks / "contracts" / "quality.verdicts.yaml").write_text(verdicts_contract())

    assert problems(old, new, table="quality.verdicts") == [
        f"contracts/quality.verdicts.yaml:{line}" for line in said
    ]


def test_a_quarantine_gets_no_verdict_of_its_own(problems):
    rule = (
        "quality: [{metric: rowCount, mustBeLessThan: 9, id: few, severity: warn,"
        " description: Few are refused.}]\n    properties:\n"
    )

    assert problems("properties:\n", rule, table="quarantine.clicks") == [
        'contracts/quarantine.clicks.yaml:20: rule "few" would judge nothing: quarantine.clicks'
        " gets no verdict of its own; a rule on the clean table can warn of what is refused"
    ]


def test_two_clean_tables_have_a_quarantine_each(problems, clicks):
    own = (clicks / "contracts" / "clean.clicks.yaml").read_text()
    taps = clicks / "contracts" / "clean.taps.yaml"
    taps.write_text(own.replace("clean-clicks", "clean-taps").replace("clean.clicks", "clean.taps"))

    (said,) = problems("Nothing costs less", "Nothing costs less")
    assert said.endswith(
        ': quarantine "quarantine.clicks" is already that of clean.clicks;'
        " each clean table has its own"
    )


def test_the_engine_keeps_one_table_of_verdicts(problems, clicks):
    own = verdicts_contract().replace("quality.verdicts", "quality.mine")
    (clicks / "contracts" / "quality.mine.yaml").write_text(own)

    assert problems("Nothing costs less", "Nothing costs less") == [
        'contracts/quality.mine.yaml:15: the engine fills no table "quality.mine";'
        " expected quality.verdicts"
    ]


def test_every_problem_of_every_file_is_said_in_order(problems, clicks):
    (clicks / "contracts" / "mart.prices.yml").write_text("")
    (clicks / "contracts" / "notes.yaml").write_text("- buy milk\n")
    (clicks / "contracts" / "mart.prices.yaml").write_text("""\
apiVersion: v3.1.0
kind: DataContract
id: mart-prices
version: 1.0.0
schema:
  - name: prices
    physicalName: mart.prices
    properties:
      - {name: day, logicalType: date, partitioned: true}
      - {name: price, logicalType: nubmer, customProperties: [{property: jsonPath, value: $.p}]}
""")

    assert problems("severity: warn", "severity: warning") == [
        "contracts/mart.prices.yml:1: is not read; name it mart.prices.yaml",
        'contracts/clean.clicks.yaml:43: rule "some_clicks" has severity "warning";'
        ' expected one of refuse, warn, block\n  did you mean "warn"?',
        'contracts/mart.prices.yaml:6: table "mart.prices" has no key;'
        " add primaryKey: true to what identifies a row",
        'contracts/mart.prices.yaml:9: column "day" is partitioned and not required;'
        " add required: true",
        'contracts/mart.prices.yaml:10: logicalType is "nubmer" in column "price"; expected one'
        " of string, date, timestamp, time, number, integer, object, array, boolean, map, vector"
        '\n  did you mean "number"?',
        "contracts/notes.yaml:1: isn't a contract;"
        " expected kind: DataContract (Open Data Contract Standard v3.1)",
    ]


FILES = """\
servers:
  - server: files
    type: s3
    location: s3://drops/clicks
    format: csv
    customProperties:
      - {property: queue, value: clicks}
      - {property: jsonColumns, value: [price]}"""


def test_a_raw_table_may_land_files_and_a_stream_besides(problems):
    both = FILES.replace("servers:\n", SERVER + "\n", 1)

    assert problems(SERVER, FILES, table="raw.clicks") == []
    assert problems(FILES, both, table="raw.clicks") == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "format: csv",
            "format: json",
            [
                '15: jsonColumns are of CSV files, and the format is "json"',
                '18: the s3 server has format "json"; expected one of jsonl, csv, parquet'
                '\n  did you mean "jsonl"?',
            ],
        ),
        (
            "s3://drops/clicks",
            "s3://drops/{model}/*.csv",
            [
                '17: the s3 server has location "s3://drops/{model}/*.csv"; expected s3://bucket/folder'
            ],
        ),
        (
            "      - {property: queue, value: clicks}\n",
            "",
            ["15: the s3 server names no queue; expected customProperties: - property: queue"],
        ),
        (
            "servers:\n",
            "servers:\n" + FILES.partition("\n")[2] + "\n",
            ["14: a raw table lands one place of a kind, and servers has 2 of type s3"],
        ),
    ],
)
def test_a_server_of_files_says_where_they_are_and_what(problems, old, new, said):
    problems(SERVER, FILES, table="raw.clicks")

    assert problems(old, new, table="raw.clicks") == [
        f"contracts/raw.clicks.yaml:{line}" for line in said
    ]

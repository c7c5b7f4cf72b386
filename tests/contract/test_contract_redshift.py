"""What a mart's contract says of Redshift's own table."""

import pytest

from tidegate.contract import check_contracts, load_contracts
from tidegate.contract.redshift import create_own_table, is_hot

pytestmark = pytest.mark.quick

MART = """\
apiVersion: v3.1.0
kind: DataContract
id: mart-days
version: 1.0.0
status: active
schema:
  - name: days
    physicalName: mart.days
    customProperties:
      - {property: redshiftTable, value: hot}
    properties:
      - {name: day, logicalType: date, required: true, primaryKey: true, partitioned: true}
      - {name: kind, logicalType: string, required: true, primaryKey: true, physicalName: type}
      - {name: seen, logicalType: timestamp}
      - {name: share, physicalType: "decimal(5,2)"}
      - {name: mean, logicalType: number}
"""
HOT = "      - {property: redshiftTable, value: hot}\n"


@pytest.fixture
def said(tmp_path):
    """What is said of the contract with one text in the place of another."""

    def check(old, new):
        (tmp_path / "contracts").mkdir()
        assert old in MART
        (tmp_path / "contracts" / "mart.days.yaml").write_text(MART.replace(old, new))
        return [str(error) for error in check_contracts(tmp_path)]

    return check


def test_a_hot_mart_has_the_contracts_columns_in_redshifts_types_sorted_by_day(said, tmp_path):
    assert said("days", "days") == []
    contract = load_contracts(tmp_path)["mart.days"]

    assert is_hot(contract)
    assert create_own_table(contract, "hot.days") == (
        """\
CREATE TABLE hot.days (
  "day" DATE,
  "type" VARCHAR(65535),
  "seen" TIMESTAMPTZ,
  "share" DECIMAL(5,2),
  "mean" DOUBLE PRECISION
)
DISTSTYLE AUTO
COMPOUND SORTKEY ("day")"""
    )


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("value: hot", "value: hat", '10: redshiftTable is "hat"; expected hot'),
        (
            HOT,
            HOT + "      - {property: redshiftDistKey, value: kin}\n",
            '11: redshiftDistKey names "kin", which is no column of "mart.days"',
        ),
        (
            HOT,
            HOT + "      - {property: redshiftSortKey, value: day}\n",
            "11: custom property \"redshiftSortKey\" is 'day'; expected a list of names",
        ),
        (
            HOT,
            "      - {property: redshiftDistKey, value: kind}\n",
            "10: redshiftDistKey is for a table of Redshift's own; add redshiftTable: hot",
        ),
        (
            ", partitioned: true",
            "",
            '10: table "mart.days" is loaded by days; partition it by a date column',
        ),
        (
            "{name: mean, logicalType: number}",
            "{name: mean, physicalType: array<string>}",
            "10: column \"mean\" is array<string>, which Redshift's own table can't hold",
        ),
    ],
)
def test_what_redshift_could_not_keep_is_told(said, old, new, told):
    (found,) = said(old, new)
    assert found.startswith(f"contracts/mart.days.yaml:{told}")

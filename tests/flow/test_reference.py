"""Reference tables: what a file may say, and what is told of one that may not."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from tests.lake_of_a_test import LakeOfATest
from tidegate.contract.model import Column
from tidegate.errors import InputError
from tidegate.flow import Flow, reference
from tidegate.flow.planning import plan
from tidegate.lake.days import days_of

HEADING = "currency,valid_from,valid_to,euro_cents\n"
RATES = "clean.exchange_rates"


@pytest.fixture(scope="module")
def lake(lake_of_module: LakeOfATest, tmp_path_factory: pytest.TempPathFactory) -> LakeOfATest:
    folder = str(tmp_path_factory.mktemp("reference"))
    lake_of_module.settings = lake_of_module.settings.model_copy(update={"reference": folder})
    return lake_of_module


def say(lake: LakeOfATest, content: str) -> Path:
    file = lake.settings.reference_folder / "exchange_rates.csv"
    file.write_text(content)
    return file


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (
            "USD,2026-01-01,2026-01-31,cheap\n",
            '2: column "euro_cents" is "cheap"; expected decimal',
        ),
        (
            "USD,2026-01-01,,1\nEUR,2026-01-01,,\n",
            '3: column "euro_cents" is empty; the contract requires a value',
        ),
        ("USD,2026-01-01\n", "2: expected 4 cells, as the first line has"),
        ("USD,2026-02-01,2026-01-31,1\n", "2: valid_to is before valid_from"),
        (
            "USD,2026-01-01,,1\nEUR,2026-01-01,,1\nUSD,2026-02-01,,2\n",
            "4: USD has another version up to its end, in line 2; valid_from must come after that",
        ),
        (
            "USD,2026-02-01,,2\nUSD,2026-01-01,2026-02-01,1\n",
            "2: USD has another version up to 2026-02-01, in line 3",
        ),
    ],
)
def test_a_file_that_may_not_be_so_is_told_with_its_line_and_changes_nothing(
    lake: LakeOfATest, rows: str, told: str
) -> None:
    file = say(lake, HEADING + rows)
    before = lake.rows(RATES) if lake.spark.catalog.tableExists(name(lake)) else []

    with pytest.raises(InputError) as raised:
        lake.refer(RATES)

    assert str(raised.value).startswith(f"{file}:{told}")
    assert lake.rows(RATES) == before


def name(lake: LakeOfATest) -> str:
    return f"lake.{lake.settings.database_prefix}{RATES}"


@pytest.mark.parametrize(
    ("heading", "told"),
    [
        ("currency,valid_from,valid_to,euro_cent\n", '"euro_cents"\n  did you mean "euro_cent"?'),
        (f"{HEADING.strip()},note\n", '1: the contract has no column "note"'),
    ],
)
def test_a_heading_that_is_not_the_contracts_is_told(
    lake: LakeOfATest, heading: str, told: str
) -> None:
    say(lake, heading)

    with pytest.raises(InputError) as raised:
        lake.refer(RATES)

    assert told in str(raised.value)


def test_a_file_that_is_not_there_is_told_with_the_table_it_is_for(lake: LakeOfATest) -> None:
    say(lake, HEADING).unlink()

    with pytest.raises(InputError, match=r"isn't there; clean.exchange_rates's .*: put it there,"):
        lake.refer(RATES)


def test_a_row_that_leaves_the_file_leaves_the_table_and_its_days_are_named(
    lake: LakeOfATest,
) -> None:
    say(lake, f"{HEADING}USD,2026-01-01,2026-01-31,0.9\nUSD,2026-02-01,2026-02-03,0.8\n")
    lake.refer(RATES)
    say(lake, f"{HEADING}USD,2026-01-01,2026-01-31,0.9\n")

    lake.refer(RATES)

    assert len(lake.rows(RATES)) == 1
    newest = lake.run().table(RATES).history().newest()
    assert newest.days == (("2026-02-01", "2026-02-03"),)
    assert lake.refer(RATES).verdict == "nothing new"


def test_a_change_that_touches_no_day_yet_is_recorded(lake: LakeOfATest) -> None:
    say(lake, f"{HEADING}USD,2026-01-01,2026-01-31,0.9\n")
    lake.refer(RATES)
    say(lake, f"{HEADING}USD,2026-01-01,2026-01-31,0.9\nUSD,2999-01-01,,0.8\n")

    lake.refer(RATES)

    assert len(lake.rows(RATES)) == 2
    assert lake.run().table(RATES).history().newest().days == ()
    assert lake.refer(RATES).verdict == "nothing new"


def test_a_plan_names_the_days_of_a_change_also_where_the_table_has_yet_to_get_a_column(
    lake: LakeOfATest,
) -> None:
    say(lake, f"{HEADING}USD,2026-01-01,2026-01-31,0.9\n")
    lake.refer(RATES)
    own = lake.contracts[RATES]
    note = Column("note", "string", description="Where the rate is from.")
    lake.change(replace(own, version="1.1.0", columns=(*own.columns, note)))
    heading = HEADING.replace("\n", ",note\n")
    say(lake, f"{heading}USD,2026-01-01,2026-01-31,0.9,\nUSD,2026-02-01,2026-02-03,0.8,a guess\n")

    (planned,) = plan(lake.settings, lake.contracts, Flow("shop", [reference(RATES)]))
    lake.refer(RATES)

    days = {date(2026, 2, day) for day in (1, 2, 3)}
    assert (planned.does, planned.days, planned.rows) == (
        *("takes its file's rows, which have changed", days, 2),
    )
    assert days_of(lake.run().table(RATES).history().newest().days) == days

"""What is read of a reference table's file, and what is told of a cell that isn't its column's."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tests.conftest import project_contracts
from tidegate.contract.model import Contract
from tidegate.errors import InputError
from tidegate.flow.reference_file import rows_of

HEADING = "currency,valid_from,valid_to,euro_cents\n"
pytestmark = pytest.mark.quick


@pytest.fixture(scope="module")
def rates() -> Contract:
    return project_contracts().table("clean.exchange_rates")


def file_of(folder: Path, content: str) -> Path:
    file = folder / "exchange_rates.csv"
    file.write_text(content, encoding="utf-8")
    return file


def test_cells_are_of_their_columns_types_and_empty_ones_are_null(
    rates: Contract, tmp_path: Path
) -> None:
    file = file_of(tmp_path, f"{HEADING}USD,2026-01-01,2026-01-31,0.9\nEUR,2026-01-01,,1\n")

    assert [tuple(row.values()) for row in rows_of(file, rates).to_pylist()] == [
        ("USD", date(2026, 1, 1), date(2026, 1, 31), Decimal("0.900000")),
        ("EUR", date(2026, 1, 1), None, Decimal("1.000000")),
    ]


def test_the_mark_that_spreadsheets_begin_a_file_with_is_not_of_its_first_column(
    rates: Contract, tmp_path: Path
) -> None:
    file = file_of(tmp_path, f"\ufeff{HEADING}USD,2026-01-01,,1\r\n")

    assert rows_of(file, rates)["currency"].to_pylist() == ["USD"]


def test_a_file_with_nothing_but_its_heading_is_a_table_without_rows(
    rates: Contract, tmp_path: Path
) -> None:
    assert rows_of(file_of(tmp_path, HEADING), rates).num_rows == 0


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("USD,2026-01-01,,0.1234567", 'column "euro_cents" is "0.1234567"; expected decimal(18,6)'),
        ("USD,2026-01-01,,nan", 'column "euro_cents" is "nan"; expected decimal(18,6)'),
        (
            "USD,01/02/2026,,1",
            'column "valid_from" is "01/02/2026"; expected date, as 2026-01-31',
        ),
        (
            "USD, 2026-01-01,,1",
            'column "valid_from" is " 2026-01-01"; expected date, as 2026-01-31',
        ),
    ],
)
def test_a_cell_is_neither_guessed_nor_rounded(
    rates: Contract, tmp_path: Path, row: str, told: str
) -> None:
    file = file_of(tmp_path, f"{HEADING}EUR,2026-01-01,,1\n{row}\n")

    with pytest.raises(InputError) as raised:
        rows_of(file, rates)

    assert str(raised.value) == f"{file}:3: {told}"

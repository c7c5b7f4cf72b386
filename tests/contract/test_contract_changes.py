"""What a new version of a contract changes of its table, and whether that is made or refused."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tidegate.contract import Column, Contract, Treatment
from tidegate.contract.changes import Kind, changes, refusal
from tidegate.contract.shape import Shape, StoredColumn, read_shape, shape_of
from tidegate.contract.views import View, written_views
from tidegate.errors import ContractError

pytestmark = pytest.mark.quick

DAY = Column("day", "date", required=True, id="d")
SALE = Column("sale", "string", required=True, id="s")
AMOUNT = Column("amount", "integer", id="a")
PRICE = Column("price", "decimal(9,2)", required=True)
BY = Column("sold_by", "string")
AT = Column("at", "timestamp")
PLACE = "contracts/mart.sales.yaml:7: "
VIEWS = "  and of views: analytics.sales\n"


def sales(*columns: Column, version: str = "1.2.0", **other: Any) -> Contract:
    given = columns or (DAY, SALE, AMOUNT, PRICE, BY, AT)
    names = {"key": ("day", "sale"), "partition": ("day",), "line": 7} | other
    return Contract(Path("mart.sales.yaml"), "mart.sales", version, "", given, **names)


def but(before: Column, **changed: Any) -> tuple[Column, ...]:
    """The columns with one of them changed."""
    columns = sales().columns
    return tuple(replace(one, **changed) if one is before else one for one in columns)


SHAPE = shape_of(sales())


@pytest.mark.parametrize(
    ("columns", "kind", "told"),
    [
        (
            (*sales().columns, Column("tip", "double")),
            Kind.ADDED,
            'column "tip" (double) is new',
        ),
        (but(AMOUNT, type="long"), Kind.WIDENED, 'column "amount" is long and was integer'),
        (
            but(PRICE, type="decimal(12,2)"),
            Kind.WIDENED,
            'column "price" is decimal(12,2) and was decimal(9,2)',
        ),
        (but(PRICE, required=False), Kind.OPTIONAL, 'column "price" is required no more'),
        (
            but(AMOUNT, name="total", physical="amount"),
            Kind.RENAMED,
            'column "total" was "amount" and stays stored as "amount"',
        ),
        (
            but(DAY, name="date", physical="day"),
            Kind.RENAMED,
            'column "date" was "day" and stays stored as "day"',
        ),
    ],
)
def test_what_readers_can_bear_is_made_once_the_minor_version_is_raised(
    columns: tuple[Column, ...], kind: Kind, told: str
) -> None:
    names = {column.stored: column.name for column in columns}
    whole = {"key": (names["day"], "sale"), "partition": (names["day"],)}
    same, raised = (sales(*columns, version=one, **whole) for one in ("1.2.9", "1.3.0"))

    found = changes(SHAPE, raised)

    assert [(one.kind, one.told) for one in found] == [(kind, told)]
    assert refusal(SHAPE, raised, found) is None
    assert refusal(SHAPE, same, found) == (
        f"{PLACE}{told}, and mart.sales is at version 1.2.0: write version: 1.3.0"
    )
    assert changes(SHAPE.under(raised), raised) == []


@pytest.mark.parametrize(
    ("columns", "other", "told"),
    [
        ((DAY, SALE, AMOUNT, PRICE, BY), {}, 'column "at" is left out'),
        (but(AMOUNT, type="string"), {}, 'column "amount" is string and was integer'),
        (but(AMOUNT, type="float"), {}, 'column "amount" is float and was integer'),
        (
            but(PRICE, type="decimal(8,2)"),
            {},
            'column "price" is decimal(8,2) and was decimal(9,2)',
        ),
        (
            but(PRICE, type="decimal(12,3)"),
            {},
            'column "price" is decimal(12,3) and was decimal(9,2)',
        ),
        (
            (*sales().columns, Column("tip", "double", required=True)),
            {},
            'column "tip" is new and required',
        ),
        (but(BY, required=True), {}, 'column "sold_by" is required and was not'),
        ((), {"key": ("day", "sale", "price")}, "the key is day, sale, price and was day, sale"),
        ((), {"partition": ("at",)}, "the table is partitioned by day(at) and was by day"),
        ((), {"partition": ()}, "the table is partitioned by nothing and was by day"),
        (
            (DAY, SALE, but(AMOUNT, id="s")[2], PRICE, BY, AT),
            {},
            'column "amount" has id "s", and what is stored as "amount" has "a"',
        ),
        (
            (*but(AMOUNT, id=None), Column("total", "integer", id="a")),
            {},
            'column "total" has the id of what is stored as "amount"',
        ),
    ],
)
def test_what_breaks_the_table_is_refused_until_it_is_a_table_of_its_own(
    columns: tuple[Column, ...], other: dict[str, Any], told: str
) -> None:
    is_read = not other and "tip" not in told and "total" not in told
    for version in ("1.3.0", "2.0.0"):
        broken = sales(*columns, version=version, **other)

        assert refusal(SHAPE, broken, changes(SHAPE, broken)) == (
            f"{PLACE}{told}, which breaks mart.sales (version 1.2.0)\n"
            f"{VIEWS if is_read else ''}"
            "  undo it, or declare a major version, a table beside this one:"
            " contracts/mart.sales_v2.yaml, version: 2.0.0, fed by the flow until this one's"
            " readers have moved (docs/schema-changes.md)"
        )


def test_two_columns_that_swap_their_names_break_the_table() -> None:
    swapped = sales(DAY, replace(SALE, id="a"), replace(AMOUNT, id="s"), PRICE, BY, AT)

    found = changes(SHAPE, swapped)

    assert [one.kind for one in found] == [Kind.BREAKING] * 2


def test_a_column_renamed_by_its_id_alone_is_told_what_to_add() -> None:
    renamed = sales(*but(AMOUNT, name="total"), version="1.3.0")

    assert refusal(SHAPE, renamed, changes(SHAPE, renamed)) == (
        f'{PLACE}column "total" has the id of what is stored as "amount" and stays so stored:'
        " add physicalName: amount"
    )


def test_a_version_older_than_the_table_s_is_refused_where_it_says_something_else() -> None:
    older = sales(DAY, SALE, AMOUNT, PRICE, BY, version="1.1.0")

    assert refusal(SHAPE, older, changes(SHAPE, older)) == (
        f"{PLACE}is version 1.1.0, and mart.sales is at 1.2.0 already:"
        ' column "at" is left out; deploy the newer contract, or write a version after that'
    )
    assert refusal(SHAPE, sales(version="1.1.0"), changes(SHAPE, sales(version="1.1.0"))) is None


def test_the_table_after_a_second_version_is_the_third() -> None:
    second = replace(SHAPE, version="2.0.0")
    broken = replace(sales(DAY, SALE, version="2.1.0"), table="mart.sales_v2")

    told = str(refusal(second, broken, changes(second, broken)))

    assert "contracts/mart.sales_v3.yaml, version: 3.0.0" in told


def test_a_float_that_identifies_rows_can_not_be_widened() -> None:
    height = Column("height", "float", required=True)
    by_height = sales(DAY, height, key=("day", "height"))
    widened = replace(by_height, columns=(DAY, replace(height, type="double")), version="1.3.0")

    assert [one.kind for one in changes(shape_of(by_height), widened)] == [Kind.BREAKING]


def test_of_a_table_of_which_nothing_was_kept_only_columns_types_and_partition_are_compared() -> (
    None
):
    unknown = Shape("", {one.name: StoredColumn(one.type) for one in sales().columns}, ("day",))
    now = sales(*but(BY, required=True), key=("day",))

    assert changes(unknown, now) == []
    assert changes(unknown.under(now), now) == []


def test_what_is_kept_of_a_table_is_read_as_it_was() -> None:
    tip = Column("tip", "float")
    first = SHAPE.under(sales(*but(AMOUNT, name="total", physical="amount"), tip, version="1.3.0"))
    columns = (
        *but(AMOUNT, name="total", physical="amount", type="long"),
        replace(tip, type="double"),
    )
    shape = first.under(sales(*columns, version="1.4.0"))

    types = {stored: column.type for stored, column in shape.columns.items()}

    assert read_shape(types, ("day",), shape.properties()) == shape
    assert shape.columns["amount"] == StoredColumn(
        "long", "total", "a", was=("integer",), treatment=""
    )
    assert shape.columns["tip"] == StoredColumn(
        "double", "tip", added="1.3.0", was=("float",), treatment=""
    )
    assert (shape.older().added, shape.older().rounded) == ({"tip"}, {"tip"})


def test_an_id_that_a_version_leaves_out_is_kept_for_the_next() -> None:
    without = SHAPE.under(sales(*but(AMOUNT, id=None), version="1.3.0"))
    renamed = sales(*but(AMOUNT, name="total"), version="1.4.0")

    assert without.columns["amount"].id == "a"
    assert [one.kind for one in changes(without, renamed)] == [Kind.UNSAID]


HASHED = Column("email", "string", personal="personal", treatment=Treatment.HASH)
NETWORK = Column("ip", "string", personal="personal", treatment=Treatment.TRUNCATE)
AGENT = Column("agent", "string", personal="personal", treatment=Treatment.DROP)


def clean_sales(*columns: Column, version: str = "1.3.0") -> Contract:
    given = (DAY, SALE, *columns)
    to = {"properties": {"quarantine": "quarantine.sales"}}
    return replace(sales(*given, version=version, **to), table="clean.sales")


@pytest.mark.parametrize(
    ("columns", "kinds"),
    [
        ((NETWORK, HASHED), []),
        ((HASHED, NETWORK, replace(HASHED, name="phone")), [Kind.ADDED]),
        ((HASHED, NETWORK, AGENT), []),
        ((replace(HASHED, name="mail", physical="email"), NETWORK), [Kind.RENAMED]),
    ],
)
def test_a_treated_column_is_added_renamed_or_moved_as_any_other(
    columns: tuple[Column, ...], kinds: list[Kind]
) -> None:
    now = clean_sales(*columns)
    shape = shape_of(clean_sales(HASHED, NETWORK, version="1.2.0"))

    found = changes(shape, now)

    assert [one.kind for one in found] == kinds
    assert refusal(shape, now, found) is None
    assert changes(shape.under(now), now) == []


@pytest.mark.parametrize(
    ("before", "now", "told"),
    [
        (
            HASHED,
            replace(HASHED, treatment=Treatment.TRUNCATE),
            "has personalData: truncate, and the table's rows have personalData: hash",
        ),
        (
            replace(HASHED, personal=None, treatment=None),
            HASHED,
            "has personalData: hash, and the table's rows have none",
        ),
        (
            HASHED,
            replace(HASHED, personal=None, treatment=None),
            "has none, and the table's rows have personalData: hash",
        ),
        (
            HASHED,
            replace(HASHED, treatment=Treatment.DROP),
            "has personalData: drop, and is stored",
        ),
    ],
)
def test_another_treatment_of_a_column_that_has_rows_is_refused_with_what_to_do(
    before: Column, now: Column, told: str
) -> None:
    shape = shape_of(clean_sales(before, version="1.2.0"))
    contract = clean_sales(now)

    found = changes(shape, contract)

    assert refusal(shape, contract, found) == (
        f'contracts/mart.sales.yaml:7: column "email" {told}\n'
        "  put it back, or have its rows made anew from raw: DROP TABLE clean.sales PURGE and DROP"
        " TABLE quarantine.sales PURGE, the same for what is made of it, and run again"
        " (docs/personal-data.md)"
    )


def test_a_treatment_is_changed_freely_while_there_is_no_row_or_where_it_is_not_known() -> None:
    now = clean_sales(replace(HASHED, treatment=Treatment.TRUNCATE))
    shape = shape_of(clean_sales(HASHED))
    unknown = replace(shape.columns["email"], treatment=None)

    for one in (
        replace(shape, has_rows=False),
        replace(shape, columns=shape.columns | {"email": unknown}),
    ):
        assert changes(one, now) == []
        assert one.under(now).columns["email"].treatment == "truncate"


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., list[View]]:
    """Writes views of a project's own, one a name."""
    folder = tmp_path / "sql" / "views"
    folder.mkdir(parents=True)

    def write(**texts: str) -> list[View]:
        for name, text in texts.items():
            (folder / f"{name}.sql").write_text(f"-- What {name} holds.\n{text}\n")
        return written_views(tmp_path)

    return write


def test_a_breaking_change_names_the_views_that_read_the_column(
    written: Callable[..., list[View]],
) -> None:
    views = written(
        a_sum="SELECT SUM(more) AS total FROM analytics.b_stored",
        b_stored="SELECT amount + 1 AS more FROM mart.sales",
        c_all="WITH c AS (SELECT * FROM analytics.sales) SELECT COUNT(*) AS n FROM c",
        d_other="SELECT s.sale, o.amount FROM mart.sales s JOIN mart.other o ON o.sale = s.sale",
    )
    changed = sales(*but(AMOUNT, type="string"), version="1.3.0")

    told = refusal(SHAPE, changed, changes(SHAPE, changed), views)

    assert told
    assert told.splitlines()[1] == (
        "  and of views: analytics.sales, analytics.b_stored (sql/views/b_stored.sql),"
        " analytics.c_all (sql/views/c_all.sql), analytics.a_sum (sql/views/a_sum.sql)"
    )


def test_a_rename_waits_for_the_views_that_have_the_old_name(
    written: Callable[..., list[View]],
) -> None:
    renamed = sales(*but(AMOUNT, name="total", physical="amount"), version="1.3.0")
    found = changes(SHAPE, renamed)
    stored = "SELECT amount FROM mart.sales"
    every = "SELECT * FROM analytics.sales"

    views = written(old="SELECT SUM(amount) AS n FROM analytics.sales", stored=stored, every=every)
    assert refusal(SHAPE, renamed, found, views) == (
        f'{PLACE}column "total" was "amount" and stays stored as "amount",'
        " which breaks analytics.old (sql/views/old.sql)\n"
        "  write the new name there too, in the same change"
    )
    mended = "SELECT day, SUM(total) AS amount FROM analytics.sales GROUP BY day ORDER BY amount"
    assert refusal(SHAPE, renamed, found, written(old=mended)) is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("SELECT 1", "sql/views/v.sql:1: expected what the view holds"),
        ("-- Days.\nSELECT 1 FROM sales", 'sql/views/v.sql: "sales" has no database'),
        (
            "-- Days.\n-- redshift: kept\nSELECT 1 FROM mart.sales",
            'sql/views/v.sql:2: expected "-- redshift: materialized", not "-- redshift: kept"',
        ),
        (
            "-- Days.\n-- redshift: materialized\nSELECT day FROM analytics.sales",
            "sql/views/v.sql: reads the view analytics.sales, and Redshift keeps",
        ),
        ("-- Days.\nDROP TABLE mart.sales", "sql/views/v.sql: expected one SELECT"),
        ("-- Days.\nSELECT FROM (", "sql/views/v.sql: "),
        ("-- Days.\nSELECT a FROM analytics.v", "read each other; take one out of the other"),
    ],
)
def test_what_is_wrong_with_a_view_s_file_is_said(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "sql" / "views").mkdir(parents=True)
    (tmp_path / "sql" / "views" / "v.sql").write_text(text)

    with pytest.raises(ContractError, match=re.escape(told)):
        written_views(tmp_path)

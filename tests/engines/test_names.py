"""What PostgreSQL, and so Redshift, calls a column that no AS names."""

from typing import Any

import pytest

from tests.serve.test_naming import REDSHIFT

pytestmark = pytest.mark.engines
STARS = "(SELECT 1::bigint AS stars, 'a' AS repository, CURRENT_DATE AS event_date)"


@pytest.mark.parametrize(("column", "name"), REDSHIFT)
def test_a_column_without_a_name_is_called_what_postgresql_calls_it(
    column: str, name: str, postgres: Any
) -> None:
    text = f"WITH stars AS {STARS} SELECT {column} FROM stars s".replace("mart.stars", "stars")

    postgres.run(text)

    assert [one["name"] for one in postgres.columns] == [name]

"""Writes docs/sql-functions.md from the list: python -m tests.serve.functions_page."""

from tests.serve.conftest import PROJECT
from tidegate.serve.functions import GROUPS
from tidegate.serve.proven import FUNCTIONS
from tidegate.serve.statements import STATEMENTS

PAGE = PROJECT / "docs" / "sql-functions.md"

HEAD = f"""\
# Athena's SQL on this machine

`tidegate ask` and `tidegate sql` read Athena's SQL and let DuckDB answer. {len(FUNCTIONS)}
functions and {len(STATEMENTS)} kinds of statement answer here as on Athena: `make test-engines`
asks each example below of real Trino 476, which Athena's engine is built on, and compares rows and
types. **All else is refused**, with an error of Athena's own kind (`FUNCTION_NOT_FOUND`,
`NOT_SUPPORTED`) that names it: a function that answers nearly the same is worse than none.

Decimals have Trino's digits and rounding: `197597 / 100.0` is `1976.0`, as `100.0` has one digit
after the point; `CAST(cents AS decimal(18, 2)) / 100` keeps the cents. A division by zero fails,
and whole numbers divide to whole numbers.

An argument or a form of a function that no example shows is refused too, e.g. `split` with a
limit. So are a double or a time as text by `CAST` (use `DATE_FORMAT`, or a decimal), `AT TIME
ZONE` but for a part of it, `TRY` but around one division or cast, and approximate functions, which
are nowhere twice the same: `COUNT(DISTINCT …)` is exact, and so is a place in `ARRAY_AGG(x ORDER BY
x)`.

What differs all the same: patterns are RE2's, so look-around and back-references fail here and
work there; `REDUCE` begins with a value of its members' type; what gives rows within an array
(`ZIP`, `MAP_ENTRIES`) is missing, and so is `UNNEST` of a map; an interval can't be selected.

This page is written by `python -m tests.serve.functions_page`.
"""


def page() -> str:
    """The page's text."""
    parts = [HEAD, "## Functions\n"]
    for title, group in GROUPS.items():
        rows = [f"| `{name}` | {' · '.join(map(_code, texts))} |" for name, texts in group.items()]
        parts.append(
            "\n".join([f"### {title}\n", "| function | proven |", "|---|---|", *rows]) + "\n"
        )
    parts.append("## Statements\n")
    for kind, texts in STATEMENTS.items():
        shown = "\n".join(text.replace("{sample}, ", "") for text in texts)
        parts.append(f"### {kind}\n\n```sql\n{shown}\n```\n")
    return "\n".join(parts)


def _code(text: str) -> str:
    fence = "``" if "`" in text else "`"
    return fence + text.replace("|", "\\|") + fence


if __name__ == "__main__":
    PAGE.write_text(page())

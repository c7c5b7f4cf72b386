"""Writes the pages of what is proven from the lists: python -m tests.serve.functions_page."""

from tests.serve.conftest import PROJECT
from tidegate.serve.proven import PROOFS, Proof
from tidegate.serve.redshift_functions import Example

ATHENA, REDSHIFT = PROOFS["athena"], PROOFS["redshift"]
PAGES = {language: PROJECT / proof.page for language, proof in PROOFS.items()}

_HEADS = {
    "athena": f"""\
# Athena's SQL on this machine

`tidegate ask` and `tidegate sql` read Athena's SQL and let DuckDB answer.
{len(ATHENA.functions)} functions and {len(ATHENA.statements)} kinds of statement answer here as on
Athena: `make test-engines` asks each example below of real Trino 476, which Athena's engine is
built on, and compares rows and types. **All else is refused**, with an error of Athena's own kind
(`FUNCTION_NOT_FOUND`, `NOT_SUPPORTED`) that names it: a function that answers nearly the same is
worse than none.

Decimals have Trino's digits and rounding: `197597 / 100.0` is `1976.0`, as `100.0` has one digit
after the point; `CAST(cents AS decimal(18, 2)) / 100` keeps the cents. A division by zero fails,
and whole numbers divide to whole numbers.

An argument or a form of a function that no example shows is refused too, e.g. `split` with a
limit. So are a double or a time as text by `CAST` (use `DATE_FORMAT`, or a decimal), a `CAST` to
`decimal` without its digits, `AT TIME ZONE` but for a part of it, `TRY` but around one division or
cast, and approximate functions, which are nowhere twice the same: `COUNT(DISTINCT …)` is exact, and
so is a place in `ARRAY_AGG(x ORDER BY x)`.

What differs all the same: patterns are RE2's, so look-around and back-references fail here and
work there; `REDUCE` begins with a value of its members' type; nothing is CAST AS `ROW`, and an
interval can't be selected.

This page is written by `python -m tests.serve.functions_page`.
""",
    "redshift": f"""\
# Redshift's SQL on this machine

The Redshift Data API of the local endpoint reads Redshift's SQL and lets DuckDB answer.
{len(REDSHIFT.functions)} functions and {len(REDSHIFT.statements)} kinds of statement answer here as
on Redshift. There is no Redshift to ask here, so the proof has two parts, and `make test-engines`
runs both on a real PostgreSQL 18, which Redshift's SQL grew from: an example that both share has
equal rows; one that **only Redshift** has is shown with what its manual says that it means, in
PostgreSQL's words (`≙`), and those rows are equal. **All else is refused**, as Redshift does:
`function … does not exist here`, `… is not supported here`.

An argument or a form that no example shows is refused too. So are `AVG` of a decimal, whose digits
Redshift cuts (CAST it AS float8), a float as text, `DATEDIFF` by weeks, `TO_CHAR` of numbers and
with other letters, `SIMILAR TO`, `PIVOT`, `SUPER` and what is made of it, and an aggregate
`OVER (ORDER BY …)` without a frame, which Redshift wants written. `APPROXIMATE COUNT` is nowhere
twice the same: `COUNT(DISTINCT …)` is exact.

What differs all the same: numbers are equal as numbers, not as types, so a quotient or a sum of
decimals may have other digits after the last that counts (`ROUND` it); patterns are RE2's, so
look-around and back-references fail here and work there; a half of a float is rounded to the even
side, as in PostgreSQL.

What only Redshift executes (`GRANT`, external schemas, `LOCK`, keys) is listed with
[the warehouse](redshift.md#what-only-redshift-executes). This page is written by
`python -m tests.serve.functions_page`.
""",
}


def page(language: str) -> str:
    """The text of a language's page."""
    proof = PROOFS[language]
    parts = [_HEADS[language], *_functions(proof), *_statements(proof)]
    return "\n".join(parts)


def _functions(proof: Proof) -> list[str]:
    parts = ["## Functions\n"]
    for title, group in proof.groups.items():
        rows = [f"| `{name}` | {' · '.join(map(_code, texts))} |" for name, texts in group.items()]
        parts.append(
            "\n".join([f"### {title}\n", "| function | proven |", "|---|---|", *rows]) + "\n"
        )
    return parts


def _statements(proof: Proof) -> list[str]:
    parts = ["## Statements\n"]
    for kind, texts in proof.statements.items():
        shown = "\n".join(_shown(text).replace("{sample}, ", "") for text in texts)
        parts.append(f"### {kind}\n\n```sql\n{shown}\n```\n")
    return parts


def _shown(text: Example) -> str:
    """A statement; one that only Redshift has, above what it means."""
    return text if isinstance(text, str) else f"{text[0]}\n-- ≙ {text[1]}"


def _code(text: Example) -> str:
    if not isinstance(text, str):
        return f"only Redshift: {_code(text[0])} ≙ {_code(text[1])}"
    fence = "``" if "`" in text else "`"
    return fence + text.replace("|", "\\|") + fence


if __name__ == "__main__":
    for language, file in PAGES.items():
        file.write_text(page(language))

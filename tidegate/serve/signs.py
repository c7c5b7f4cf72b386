"""What sqlglot reads past, though the engine itself would not."""

from sqlglot import exp

from tidegate.errors import QuestionError
from tidegate.serve.languages import LANGUAGES, AthenaSql
from tidegate.serve.place import marked

_AFTER_A_LIST = ("FROM", "R_PAREN", "WHERE", "GROUP_BY", "HAVING", "ORDER_BY", "LIMIT", "UNION")
_WITHOUT_A_FRAME = (
    *(exp.Lag, exp.Lead, exp.RowNumber, exp.Rank, exp.DenseRank, exp.Ntile),
    *(exp.PercentRank, exp.CumeDist),
)


def check_signs(text: str, source: str) -> None:
    """Refuse signs that sqlglot reads and Athena doesn't: ``::``, a list or struct in brackets.

    Raises:
        QuestionError: it has one; the place is marked.
    """
    before = ""
    for token in AthenaSql().tokenize(text):
        sign = token.token_type.name
        subscript = before in ("VAR", "IDENTIFIER", "ARRAY", "R_PAREN", "R_BRACKET")
        instead = {"DCOLON": "CAST(… AS …)", "L_BRACE": "ROW(…)"}.get(sign)
        if sign == "L_BRACKET" and not subscript:
            instead = "ARRAY[…]"
        if instead:
            place = f"line {token.line}:{token.col - len(token.text) + 1}"
            mark = marked(text, token.line, token.col, token.text)
            told = f"{place}: {token.text} is not supported; write {instead}"
            raise QuestionError(f"{source}: NOT_SUPPORTED: {told}{mark}")
        before = sign


def check_gaps(text: str, source: str, language: str) -> None:
    """Refuse what sqlglot reads as whole: nothing after a comma, a query that begins with FROM.

    Raises:
        QuestionError: it has such a gap; the place is marked.
    """
    before = "BEGIN"
    for token in LANGUAGES[language]().tokenize(text):
        sign = token.token_type.name
        is_headless = sign == "FROM" and before in ("BEGIN", "L_PAREN")
        if is_headless or (before == "COMMA" and sign in _AFTER_A_LIST):
            column = token.col - len(token.text) + 1
            missing = "SELECT is missing" if is_headless else "something is missing after a comma"
            mark = marked(text, token.line, token.col, token.text)
            what = f"{token.line}:{column}: {missing} at {token.text!r}{mark}"
            raise QuestionError(f"{source}:{what}")
        before = sign


def check_frames(tree: exp.Query, source: str) -> None:
    """Refuse an aggregate over ordered rows that doesn't say which of them, as Redshift does.

    Raises:
        QuestionError: there is one.
    """
    for window in tree.find_all(exp.Window):
        of = window.this.this if isinstance(window.this, exp.IgnoreNulls) else window.this
        is_framed = isinstance(of, exp.AggFunc) and not isinstance(of, _WITHOUT_A_FRAME)
        if is_framed and window.args.get("order") and not window.args.get("spec"):
            said = " ".join(window.sql("redshift", comments=False).split())
            raise QuestionError(
                f"{source}: NOT_SUPPORTED: Aggregate window functions with an ORDER BY clause"
                f" require a frame clause: {said}; add ROWS UNBOUNDED PRECEDING"
            )

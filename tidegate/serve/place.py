"""Where in a SQL text something is wrong: line, column, and the line with a mark below it."""

import re

from sqlglot.errors import ParseError

_OPENING = ("'", '"', "`", "/*")
_CLOSED_OR_NOT = re.compile(r"""--[^\n]*|/\*.*?\*/|'[^']*'|"[^"]*"|`[^`]*`|['"`]|/\*""", re.DOTALL)


def marked(text: str, line: int | None, end: int | None, word: str) -> str:
    """The place of a word, for the end of a message.

    Args:
        text: the SQL.
        line: the word's line (1-based); None where it isn't known.
        end: the column of the word's last letter (1-based).
        word: what stands there.

    Returns:
        Two lines, the SQL's and a mark, each after a line break; nothing where the place isn't
        known.
    """
    lines = text.splitlines()
    if not line or not end or line > len(lines):
        return ""
    start = max(end - len(word.split(".")[-1]), 0)
    return f"\n  line {line}: {lines[line - 1]}\n  {_indent(line, lines[line - 1][:start])}^"


def parse_error(error: ParseError, text: str, source: str) -> str:
    """What a parser's error says, with its place marked."""
    first = error.errors[0]
    what = first["description"].split(" but got ")[0].split(" for <class")[0].rstrip(".")
    if what.startswith(("Required keyword", "Required argument")):
        what = "Something is missing"
    line, end, word = first["line"], first["col"], first["highlight"]
    column = max(end - len(word), 0) + 1
    mark = marked(text, line, end, word)
    return f"{source}:{line}:{column}: {what[:1].lower()}{what[1:]} at {word!r}{mark}"


def open_quote(text: str, source: str) -> str:
    """Why a text doesn't fall into words: as a rule a quote or comment that is never closed."""
    for found in _CLOSED_OR_NOT.finditer(text):
        if found[0] in _OPENING:
            line = text.count("\n", 0, found.start()) + 1
            column = found.start() - text.rfind("\n", 0, found.start())
            mark = marked(text, line, column, found[0][0])
            return f"{source}:{line}:{column}: {found[0]} is never closed{mark}"
    return f"{source}: it doesn't fall into words"


def word_place(message: str, text: str) -> str:
    """The place of the first name a message quotes, where the SQL has it outside a comment."""
    quoted = re.search(r'"([^"]+)"', message) or re.search(r"name (\w+)", message)
    if not quoted:
        return ""
    name = quoted[1].split(".")[-1]
    for number, line in enumerate(text.splitlines(), start=1):
        code = line.split("--")[0]
        if found := re.search(rf"(?<![\w:]){re.escape(name)}(?!\w)", code, re.IGNORECASE):
            return marked(text, number, found.end(), name)
    return ""


def _indent(line: int, before: str) -> str:
    """Blanks as wide as what stands before the marked word, tabs kept."""
    return " " * len(f"line {line}: ") + re.sub(r"[^\t]", " ", before)

"""Parts of an address on the web, as Java's URI reads it."""

from sqlglot import exp

from tidegate.serve.translate.pieces import Change, call, shaped

_CHARACTER = r"[A-Za-z0-9_.!~*''(),;:$&+=@/-]|%[0-9A-Fa-f]{2}|[^\x00-\x7f]"
_LATER = rf"{_CHARACTER}|[?\[\]]"
_SCHEME = r"(?:[A-Za-z][A-Za-z0-9+.-]*:)"
_AUTHORITY = r"(?://(?:[A-Za-z0-9_.!~*''(),;:$&+=@\[\]-]|%[0-9A-Fa-f]{2}|[^\x00-\x7f])*)"
_WHOLE = rf"^{_SCHEME}?{_AUTHORITY}?(?:{_CHARACTER})*(?:\?(?:{_LATER})*)?(?:#(?:{_LATER})*)?$"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_NAME = rf"(?:{_LABEL}\.)*[A-Za-z](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.?"
_NUMBERS = r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}|\[[0-9A-Fa-f:.]+\]"
_SERVER = rf"^{_SCHEME}?//(?:[^/?#@]*@)?({_NAME}|{_NUMBERS})(?::([0-9]*))?(?:[/?#]|$)"
# After a scheme that no slash follows, Java reads no parts.
_PLAIN = rf"^(?:{_SCHEME}/|[^:/?#]*(?:[/?#]|$))"
_PARTS = {
    "protocol": (r"^([A-Za-z][A-Za-z0-9+.-]*):", 1),
    "host": (_SERVER, 1),
    "port": (_SERVER, 2),
    "path": (rf"^{_SCHEME}?(?://[^/?#]*)?([^?#]*)", 1),
    "query": (r"^[^?#]*\?([^#]*)", 1),
    "fragment": (r"#(.*)$", 1),
}
MACROS = tuple(
    f"""CREATE OR REPLACE MACRO memory.main.url_{part}(url) AS CASE
        WHEN NOT regexp_matches(url, '{_WHOLE}') THEN NULL
        WHEN {part in ("path", "query")} AND NOT regexp_matches(url, '{_PLAIN}') THEN ''
        ELSE regexp_extract(url, '{pattern}', {group}) END"""
    for part, (pattern, group) in _PARTS.items()
)


def _part(node: exp.Anonymous) -> exp.Expr:
    part = node.name.lower().removeprefix("url_extract_")
    found = call(f"memory.main.url_{part}", *node.expressions)
    return call("url_decode", found) if part in ("path", "query", "fragment") else found


def _parameter(node: exp.Anonymous) -> exp.Expr:
    """The first value of a parameter; null where there is none."""
    url, name = node.expressions
    return shaped(
        "list_transform(list_filter(list_transform("
        "string_split(memory.main.url_query(:url), '&'),"
        " lambda _one: regexp_extract(_one, '^([^=]*)=?(.*)$', ['k', 'v'])),"
        " lambda _one: _one.k = :name), lambda _one: url_decode(replace(_one.v, '+', ' ')))[1]",
        url=url,
        name=name,
    )


def _port(node: exp.Anonymous) -> exp.Expr:
    return shaped("TRY_CAST(memory.main.url_port(:url) AS BIGINT)", url=node.expressions[0])


def _encode(node: exp.Anonymous) -> exp.Expr:
    made = "replace(replace(replace(url_encode(:said), '%20', '+'), '~', '%7E'), '%2A', '*')"
    return shaped(made, said=node.expressions[0])


NAMED: dict[str, Change] = {
    **dict.fromkeys((f"url_extract_{part}" for part in _PARTS), _part),
    "url_extract_parameter": _parameter,
    "url_extract_port": _port,
    "url_encode": _encode,
}

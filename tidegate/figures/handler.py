"""What answers a request for figures, in both homes. No framework is known here."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from pg8000.exceptions import DatabaseError, InterfaceError

from tidegate.errors import TidegateError, did_you_mean
from tidegate.figures import openapi
from tidegate.figures.answering import State, page, state
from tidegate.figures.asked import Asked, read, word
from tidegate.figures.books import loaded
from tidegate.figures.database import Pool, code_of, is_gone, said_by
from tidegate.figures.marked import Figure, figures
from tidegate.figures.problems import PROBLEMS
from tidegate.logs import log
from tidegate.serve.show import plain
from tidegate.settings import Settings
from tidegate.web.messages import Request, Response, json_response
from tidegate.web.problems import Refused

_START = "/figures/"
_NOTHING = ("42P01", "42703", "3F000")  # no table, column or schema of that name
_BUSY = ("40001", "40P01", "55P03")
_TOO_LONG = "57014"
_OF_DATA = "22"  # what begins so is the values' fault


class Handler:
    """Answers requests for the figures of a project; threads may share it."""

    def __init__(self, settings: Settings) -> None:
        """Read a project's marked questions; the database is asked with the first request.

        Raises:
            ContractError, QuestionError: as ``marked.figures``.
        """
        self.figures = figures(settings.project)
        self._pool = Pool(settings)
        self._description = openapi.description(self.figures)

    def answer(self, request: Request) -> Response:
        """Answer a request; what goes wrong is an answer too."""
        try:
            return self._answer(request)
        except Refused as refused:
            return PROBLEMS.answer(refused)
        except (DatabaseError, InterfaceError, OSError, TidegateError) as error:
            return PROBLEMS.answer(_told(error))
        except Exception:
            log.exception("a defect while %s was answered", request.path)
            return PROBLEMS.answer(Refused("defect", "more is in the service's log"))

    def _answer(self, request: Request) -> Response:
        paths: dict[str, Callable[[], Response]] = {
            "/health": self._health,
            "/figures": lambda: json_response(openapi.listed(self.figures)),
            "/openapi.json": lambda: json_response(self._description),
        }
        is_question = request.path.startswith(_START)
        if request.path not in paths and not is_question:
            known = ", ".join([*paths, f"{_START}QUESTION"])
            raise Refused("unknown_path", f"there are {known}")
        if request.method not in ("GET", "HEAD"):
            raise Refused("wrong_method", "figures are only read", headers={"allow": "GET, HEAD"})
        if is_question:
            return self._question(request, request.path.removeprefix(_START))
        return paths[request.path]()

    def _question(self, request: Request, name: str) -> Response:
        figure = self.figures.get(name)
        if figure is None:
            near = did_you_mean(name.replace("-", "_")[:100], [*self.figures]).strip()
            raise Refused("unknown_question", near or "/figures names the questions there are")
        asked = read(figure, request.query, dt.datetime.now(dt.UTC).date())
        with self._pool.reading() as connection:
            found = state(connection, figure, asked)
            if asked.seen not in ("", found.of):
                raise Refused("changed", "begin again, without a cursor")
            headers = {"etag": found.tag(asked), "cache-control": "no-cache"}
            if _has(request.headers.get("if-none-match", ""), headers["etag"]):
                return Response(304, headers)
            rows, has_more = page(connection, figure, asked)
        following = asked.next(request.path, len(rows), found.of) if has_more else None
        if following:
            headers["link"] = f'<{following}>; rel="next"'
        return json_response(_document(figure, asked, found, rows, following), headers)

    def _health(self) -> Response:
        with self._pool.reading() as connection:
            ((is_there,),) = connection.run("SELECT to_regclass('tidegate.loads') IS NOT NULL")
            known = loaded(connection) if is_there else {}
        marts = {name: plain(one.published_at) for name, one in known.items()}
        return json_response({"status": "ok", "published": marts}, {"cache-control": "no-store"})


def _document(
    figure: Figure,
    asked: Asked,
    found: State,
    rows: list[tuple[Any, ...]],
    following: str | None,
) -> dict[str, Any]:
    """An answer as JSON has it; its rows are those of ``tidegate ask --json``."""
    return {
        "question": figure.name,
        "title": figure.question.title,
        "parameters": {name: _json(value) for name, value in asked.values.items()},
        "as_of": plain(found.as_of),
        "marts": [
            {
                "table": name,
                "snapshot": str(one.snapshot),
                "commit": one.number,
                "published_at": plain(one.published_at),
                "loaded_at": plain(one.loaded_at),
            }
            for name, one in found.marts.items()
        ],
        "columns": [{"name": name, "type": kind} for name, kind in figure.columns.items()],
        "rows": [dict(zip(figure.columns, map(plain, row), strict=True)) for row in rows],
        "next": following,
    }


def _json(value: Any) -> Any:
    return value if isinstance(value, bool | int) else word(value)


def _has(said: str, tag: str) -> bool:
    """Whether an If-None-Match names a tag; a weak one is as good (RFC 9110)."""
    tags = [one.strip().removeprefix("W/") for one in said.split(",")]
    return tag in tags or tags == ["*"]


def _told(error: Exception) -> Refused:
    """What PostgreSQL or the way to it says, as a problem; places and secrets stay in the log."""
    code, said = code_of(error), said_by(error)
    if code == _TOO_LONG:
        return Refused("slow", "ask for fewer days, or again later")
    if code in _NOTHING:
        log.warning("not loaded: %s", said)
        return Refused("not_loaded", "a mart isn't loaded as it is now: tidegate figures load")
    if code.startswith(_OF_DATA):
        return Refused("no_answer", said)
    if code and not is_gone(error) and code not in _BUSY:
        log.error("PostgreSQL refuses: %s %s", code, said)
        return Refused("defect", "more is in the service's log")
    log.error("%s", said)
    return Refused("no_database", "ask again; more is in the service's log")

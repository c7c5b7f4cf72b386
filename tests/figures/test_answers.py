"""What the handler answers, from a real PostgreSQL: figures, pages, entity tags, problems."""

import datetime as dt
import json
import re
import threading
import time
from urllib.parse import urlencode

import pytest
from pg8000.exceptions import DatabaseError
from pydantic import SecretStr

from tests.figures.conftest import FIRST, Figured
from tidegate.figures.database import Pool
from tidegate.figures.handler import Handler
from tidegate.lake import catalog
from tidegate.lake.history import History
from tidegate.serve import ask, render
from tidegate.web.messages import Request

STARS = "/figures/stars_of_a_day"


class Told:
    """A response, read."""

    def __init__(self, response) -> None:
        self.status = response.status
        self.headers = response.headers
        self.body = json.loads(response.body) if response.body else None


class Asking:
    """A handler that is asked."""

    def __init__(self, mart: Figured) -> None:
        self.mart = mart
        self.handler = Handler(mart.settings)

    def __call__(self, path=STARS, method="GET", headers=None, **words) -> Told:
        address, _, query = path.partition("?")
        request = Request(method, address, query or urlencode(words), headers or {})
        return Told(self.handler.answer(request))

    def pages(self, **words) -> list[list[str]]:
        """The repositories of each page, following the links."""
        found, told = [], self(**words)
        while True:
            found.append([row["repository"] for row in told.body["rows"]])
            if told.body["next"] is None:
                assert "link" not in told.headers
                return found
            assert told.headers["link"] == f'<{told.body["next"]}>; rel="next"'
            told = self(told.body["next"])
            assert told.status == 200


@pytest.fixture
def asking(mart: Figured) -> Asking:
    mart.load()
    return Asking(mart)


def test_an_answer_has_rows_columns_parameters_and_the_snapshot_that_it_is_of(asking):
    told = asking(top="1")

    metadata = catalog.metadata(asking.mart.settings, "mart.stars")
    (mart,) = told.body.pop("marts")
    loaded_at, published_at = mart.pop("loaded_at"), mart["published_at"]
    assert dt.datetime.fromisoformat(loaded_at) > dt.datetime.fromisoformat(published_at)
    assert told.body.pop("as_of") == published_at
    assert mart == {
        "table": "mart.stars",
        "snapshot": str(History(metadata).main),
        "commit": 1,
        "published_at": published_at,
    }
    assert told.status == 200
    assert told.headers["content-type"] == "application/json"
    assert told.body == {
        "question": "stars_of_a_day",
        "title": "Which repositories gained the most stars on a day?",
        "parameters": {"day": "2015-01-02", "top": 1},
        "columns": [
            {"name": "repository", "type": "varchar"},
            {"name": "stars", "type": "integer"},
            {"name": "share", "type": "decimal(5,2)"},
        ],
        "rows": [{"repository": "bob/tide", "stars": 7, "share": "12.50"}],
        "next": None,
    }


@pytest.mark.parametrize("day", ["2015-01-01", "2015-01-02", "1970-01-01"])
def test_the_rows_are_those_that_ask_prints_as_json(asking, day):
    printed = render(ask(asking.mart.settings, "stars_of_a_day", {"day": day}), "json")

    assert asking(day=day).body["rows"] == json.loads(printed)


def test_figures_that_have_not_changed_are_304_without_the_question_being_run(asking):
    tag = asking().headers["etag"]
    asking.mart.run("ALTER TABLE mart.stars RENAME COLUMN share TO gone")

    for said in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = asking(headers={"if-none-match": said})
        assert (again.status, again.body, again.headers["etag"]) == (304, None, tag)
    assert asking(headers={"if-none-match": '"other"'}).status == 503  # so it is run then


def test_the_tag_is_another_with_another_snapshot_value_page_or_text(asking):
    tags = [asking().headers["etag"], asking(day="2015-01-01").headers["etag"]]
    tags += [asking(top="19").headers["etag"], asking(limit="99").headers["etag"]]
    assert asking(day="2015-01-02").headers["etag"] == tags[0]

    asking.mart.publish(["2015-01-01"], ("2015-01-01", "ann/sea", 5))
    assert asking().headers["etag"] == tags[0]  # not loaded yet
    asking.mart.load()
    tags.append(asking().headers["etag"])
    text = (asking.mart.project / "sql" / "redshift" / "stars_of_a_day.sql").read_text()
    asking.mart.save("stars_of_a_day", text.replace("stars DESC", "stars ASC"))
    tags.append(Asking(asking.mart)().headers["etag"])

    assert len(set(tags)) == len(tags)


def test_pages_follow_each_other_in_order_each_row_once(asking):
    names = [f"r{number:02}" for number in range(25)]
    asking.mart.publish(["2015-01-09"], *(("2015-01-09", name, 1) for name in names))
    asking.mart.load()

    assert asking.pages(day="2015-01-09", top="100", limit="10") == [
        names[:10],
        names[10:20],
        names[20:],
    ]
    assert asking.pages(day="2015-01-09", top="20", limit="10") == [names[:10], names[10:20]]
    assert asking.pages(day="2015-01-09", top="0") == [[]]


def test_a_page_of_figures_that_have_changed_since_is_told_so(asking):
    following = asking(limit="1").body["next"]
    assert asking(following).status == 200
    asking.mart.publish(["2015-01-01"], ("2015-01-01", "ann/sea", 5))
    asking.mart.load()

    told = asking(following)

    assert (told.status, told.body["reason"]) == (409, "changed")
    assert told.body["detail"] == "begin again, without a cursor"


def test_the_link_of_a_default_that_moves_names_the_day_that_was_meant(mart):
    today = "-- Stars?\n-- figures\n-- :day date = yesterday\nSELECT stars FROM mart.stars"
    for language in ("athena", "redshift"):
        mart.save("late", f"{today} WHERE event_date < :day ORDER BY stars", language)
    mart.load()

    assert "day=20" in Asking(mart)("/figures/late", limit="1").body["next"]


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ({"day": "tomorrow"}, ["day"]),
        ({"day": "2015-02-30", "top": "many"}, ["day", "top"]),
        ({"top": "-1"}, ["top"]),
        ({"top": "5.0"}, ["top"]),
        ({"top": "9" * 30}, ["top"]),
        ({"top": "٣"}, ["top"]),
        ({"dya": "2015-01-01"}, ["dya"]),
        ({"limit": "0"}, ["limit"]),
        ({"limit": "1001"}, ["limit"]),
        ({"cursor": "2"}, ["cursor"]),
        ({"day": ""}, ["day"]),
    ],
)
def test_a_wrong_parameter_is_named_with_its_type_and_an_example(asking, words, named):
    told = asking(**words)

    assert (told.status, told.body["reason"]) == (400, "wrong_parameter")
    assert told.headers["content-type"] == "application/problem+json"
    assert [one["parameter"] for one in told.body["errors"]] == named
    for one in told.body["errors"]:
        assert all(one.values())
        assert re.search(f"e.g. (\\w+=)?{re.escape(one['example'])}", told.body["detail"])


def test_a_wrong_parameter_reads_well(asking):
    assert asking(day="soon").body == {
        "type": "urn:tidegate:figures:wrong_parameter",
        "title": "A parameter is unknown, missing or wrong",
        "status": 400,
        "detail": "\"day\" is 'soon': expected a day as YYYY-MM-DD, today or yesterday,"
        " e.g. day=2015-01-01",
        "reason": "wrong_parameter",
        "errors": [
            {
                "parameter": "day",
                "problem": "is 'soon'",
                "expected": "a day as YYYY-MM-DD, today or yesterday",
                "example": "day=2015-01-01",
            }
        ],
    }
    unknown = asking(day="2015-01-01", dya="2015-01-01").body
    expected = "one of day, top, limit, cursor"
    assert unknown["detail"] == (
        f'"dya" is unknown (did you mean "day"?): expected {expected}, e.g. limit=20'
    )


def test_a_parameter_that_is_missing_or_given_twice_is_named(mart):
    text = "-- Stars?\n-- figures\n-- :name text\nSELECT stars FROM mart.stars"
    for language in ("athena", "redshift"):
        mart.save("of_one", f"{text} WHERE repository = :name", language)
    mart.load()
    asking = Asking(mart)

    assert asking("/figures/of_one").body["errors"][0]["problem"] == "is missing"
    twice = asking("/figures/of_one?name=a&name=b").body["errors"][0]
    assert (twice["parameter"], twice["problem"]) == ("name", "is given 2 times")
    assert asking("/figures/of_one", name="it's").body["rows"] == [{"stars": 2}]
    for text in ("'; DROP TABLE mart.stars --", "%s", ":name", "\\", "\u0378"):
        assert asking("/figures/of_one", name=text).body["rows"] == []
    for text in ("a\0", "x" * 1001):
        assert asking("/figures/of_one", name=text).status == 400
    assert asking("/figures/of_one?name=%ff").status == 400
    assert mart.held() == FIRST


def test_an_unknown_question_or_path_is_404_with_the_nearest_name(asking):
    told = asking("/figures/stars-of-day")
    assert (told.status, told.body["reason"]) == (404, "unknown_question")
    assert told.body["detail"] == 'did you mean "stars_of_a_day"?'
    assert asking("/figures/").status == asking("/").status == asking("/figures/a/b").status == 404
    assert asking("/").body["detail"].endswith("/figures/QUESTION")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
@pytest.mark.parametrize("path", [STARS, "/figures", "/health", "/openapi.json"])
def test_figures_are_only_read(asking, method, path):
    told = asking(path, method)

    assert (told.status, told.headers["allow"]) == (405, "GET, HEAD")


def test_before_the_first_load_503_says_what_to_type(mart):
    told = Asking(mart)()

    assert (told.status, told.body["reason"]) == (503, "not_loaded")
    assert "tidegate figures load" in told.body["detail"]
    assert told.headers["retry-after"] == "15"
    assert Asking(mart)("/health").body == {"status": "ok", "published": {}}


def test_without_a_database_503_tells_no_place_and_the_lists_are_still_there(mart):
    secret = SecretStr("postgresql://ann:hush@127.0.0.1:1/figures")
    mart.settings = mart.settings.model_copy(update={"figures_database": secret})
    asking = Asking(mart)

    for path in (STARS, "/health"):
        told = asking(path)
        assert (told.status, told.body["reason"]) == (503, "no_database")
        assert "127.0.0.1" not in str(told.body)
    assert asking("/figures").status == asking("/openapi.json").status == 200


def test_a_connection_that_was_cut_is_made_anew(asking):
    assert asking().status == 200
    asking.mart.run(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )

    assert asking().status == 200


def test_a_connection_that_nobody_asks_on_is_closed_so_that_the_database_may_rest(
    mart, monkeypatch
):
    monkeypatch.setattr("tidegate.figures.database.IDLE", 1)
    mart.load()
    asking = Asking(mart)
    assert asking().status == 200
    count = "SELECT count(*)::int FROM pg_stat_activity WHERE datname = current_database()"
    assert mart.run(count) == [[2]]

    latest = time.monotonic() + 10
    while mart.run(count) != [[1]]:
        assert time.monotonic() < latest
        time.sleep(0.1)

    assert asking().status == 200


def test_a_question_that_takes_too_long_is_ended(mart, monkeypatch):
    monkeypatch.setattr("tidegate.figures.database.ASKING", 1)
    mart.save_slow(steps=30_000_000)
    mart.load()

    told = Asking(mart)("/figures/slow")

    assert (told.status, told.body["reason"]) == (503, "slow")


def test_what_postgresql_can_not_work_out_of_the_values_is_told(mart):
    text = "-- Stars?\n-- figures\n-- :n integer = 1\nSELECT stars FROM mart.stars"
    for language in ("athena", "redshift"):
        mart.save("divided", f"{text} WHERE 10 / :n > 1", language)
    mart.load()

    told = Asking(mart)("/figures/divided", n="0")

    assert (told.status, told.body["detail"]) == (400, "division by zero")
    assert Asking(mart)("/figures/divided", n="1").status == 200


def test_an_answer_is_of_one_snapshot_while_loads_put_other_tables_in_its_place(asking):
    """Each load makes the table anew; an answer never has rows of another one than it says."""
    ends, wrong, seen = threading.Event(), [], set()

    def ask_on():
        while not ends.is_set():
            told = asking(day="2015-01-01")
            if told.status != 200:
                wrong.append(told.body)
                return
            ((commit, rows),) = [(told.body["marts"][0]["commit"], told.body["rows"])]
            seen.add(commit)
            if [row["stars"] for row in rows] != [commit]:
                wrong.append((commit, rows))

    askers = [threading.Thread(target=ask_on) for _ in range(3)]
    for one in askers:
        one.start()
    for number in range(2, 12):
        asking.mart.publish(["2015-01-01"], ("2015-01-01", "ann/sea", number))
        asking.mart.run("UPDATE tidegate.loads SET definition = 'another'")
        asking.mart.load()
    ends.set()
    for one in askers:
        one.join()

    assert wrong == []
    assert len(seen) > 2


def test_questions_and_their_parameters_are_listed(asking):
    (one,) = asking("/figures").body["questions"]

    assert one["name"] == "stars_of_a_day"
    assert one["parameters"] == [
        {"name": "day", "type": "date", "default": "2015-01-02", "example": "2015-01-01"},
        {"name": "top", "type": "integer", "default": "20", "example": "20"},
    ]
    assert asking(one["href"]).status == 200


def test_health_says_what_is_loaded(asking):
    published = asking().body["as_of"]

    assert asking("/health").body == {"status": "ok", "published": {"mart.stars": published}}


def test_nothing_can_be_written_where_questions_are_asked(asking):
    for text in ("DELETE FROM mart.stars", "CREATE TABLE mart.more (n integer)"):
        with (
            pytest.raises(DatabaseError, match="read-only transaction"),
            Pool(asking.mart.settings).reading() as connection,
        ):
            connection.run(text)

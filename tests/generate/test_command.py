"""``tidegate generate storefront``, as it is typed."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.land.test_send import on
from tidegate.aws import AwsConfig, Endpoint
from tidegate.generate import storefront

pytestmark = pytest.mark.quick

Typed = Callable[..., tuple[int, str, str]]
MakeStream = Callable[..., str]


def small(to: Path) -> tuple[object, ...]:
    return "generate", "storefront", "--to", to, "--days", 2, "--visitors", 30


def test_it_says_what_it_made_and_where(typed: Typed, tmp_path: Path) -> None:
    code, said, _ = typed(*small(tmp_path / "shop"))

    lines = sum(file.read_bytes().count(b"\n") for file in (tmp_path / "shop" / "events").iterdir())
    made, wrong = said.splitlines()
    assert code == 0
    assert made.startswith(f"made {lines:,} lines (0.")
    assert made.endswith(f" MB) in {tmp_path}/shop/events")
    assert wrong.startswith(f"what went wrong is told in {tmp_path}/shop/truth/lines.csv: ")
    assert " sent_twice" in wrong


def test_a_folder_that_holds_something_is_refused_in_a_line(typed: Typed, tmp_path: Path) -> None:
    (tmp_path / "mine").touch()

    assert typed(*small(tmp_path)) == (
        2,
        "",
        f"UserError: {tmp_path}: holds mine already; name a new or empty folder\n",
    )


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--days", 0], "'--days': Input should be greater than or equal to 1"),
        (["--visitors", 0], "'--visitors': Input should be greater than or equal to 1"),
        (["--start", "monday"], "'--start': \"monday\" is no day, such as 2026-03-01"),
        (["--rate", 5], "--rate and --create are about a stream; name it with --stream"),
        (["--create"], "--rate and --create are about a stream; name it with --stream"),
    ],
)
def test_what_can_not_be_done_is_told_and_makes_nothing(
    typed: Typed, tmp_path: Path, words: list[object], told: str
) -> None:
    code, said, wrong = typed(*small(tmp_path / "shop"), *words)

    assert (code, said) == (2, "")
    assert told in wrong
    assert not (tmp_path / "shop").exists()


def test_what_is_stopped_says_so(
    typed: Typed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(storefront, "generate", stopped)

    assert typed(*small(tmp_path)) == (
        130,
        "",
        "stopped; what wasn't whole is gone; what was sent stays on the stream\n",
    )


def test_it_sends_to_a_stream_too(
    typed: Typed, tmp_path: Path, endpoint: Endpoint, aws: AwsConfig, make_stream: MakeStream
) -> None:
    name = make_stream()
    to_stream = ("--stream", name, "--create", "--rate", 100_000)
    code, said, _ = typed("--endpoint", endpoint.address, *small(tmp_path), *to_stream)

    sent = sorted(on(aws, name))
    assert code == 0
    assert said.splitlines()[-1] == f'sent {len(sent):,} records to stream "{name}"'
    assert sent == sorted(
        line for file in (tmp_path / "events").iterdir() for line in file.read_bytes().splitlines()
    )


def test_a_stream_that_is_not_there_is_told_before_anything_is_made(
    typed: Typed, tmp_path: Path, endpoint: Endpoint
) -> None:
    address = endpoint.address
    code, _, wrong = typed("--endpoint", address, *small(tmp_path / "shop"), "--stream", "gone")

    assert code == 2
    assert 'there is no stream "gone"' in wrong
    assert not (tmp_path / "shop").exists()

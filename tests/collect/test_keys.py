"""The keys' document: where it is read from, what it may hold, and how much a key may send."""

import hashlib
import json
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from tests.collect.homes import eventually
from tests.rude import Rude
from tidegate.aws import AwsConfig, Endpoint
from tidegate.collect.keys import Keys, OfSource, Rates, read_keys
from tidegate.errors import SettingsError
from tidegate.settings import Settings, load_settings

KEY = "a-key-that-is-long"
HASH = "sha256:" + hashlib.sha256(KEY.encode()).hexdigest()


def given(folder: Path, document: object, endpoint: str = "local") -> Settings:
    text = document if isinstance(document, str) else json.dumps(document)
    return load_settings(folder, collect_keys=text, endpoint=endpoint)


@pytest.mark.parametrize("written", [KEY, HASH])
def test_a_key_is_known_by_itself_or_by_its_hash(written: str, tmp_path: Path) -> None:
    shop = read_keys(given(tmp_path, {"shop": {"keys": {"old": "x" * 16, "web": written}}}))["shop"]

    assert shop.name_of(KEY) == "web"
    assert shop.name_of(KEY + " ") is None
    assert shop.name_of("") is None
    assert KEY not in repr(shop)


def test_a_hash_is_no_key(tmp_path: Path) -> None:
    shop = read_keys(given(tmp_path, {"shop": {"keys": {"web": HASH}}}))["shop"]

    assert shop.name_of(HASH) is None


def test_a_file_is_found_from_the_projects_folder(tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text(json.dumps({"shop": {"keys": {"web": KEY}}}))

    assert read_keys(given(tmp_path, "keys.json"))["shop"].name_of(KEY) == "web"


def test_a_secret_is_read_again_and_what_was_before_holds_until_then(
    endpoint: Endpoint, aws: AwsConfig, tmp_path: Path
) -> None:
    client = aws.client("secretsmanager")
    client.create_secret(
        Name="collector", SecretString=json.dumps({"shop": {"keys": {"one": KEY}}})
    )
    settings = given(tmp_path, "secretsmanager:collector", endpoint.address)
    keys = Keys(lambda: read_keys(settings), seconds=0.05)

    both = {"shop": {"keys": {"one": KEY, "two": "another-key-of-theirs"}}}
    client.put_secret_value(SecretId="collector", SecretString=json.dumps(both))

    def name_of(key: str) -> str | None:
        known = keys.of("shop")
        return known.name_of(key) if known else None

    assert name_of(KEY) == "one"
    eventually(lambda: name_of("another-key-of-theirs") == "two")
    assert name_of(KEY) == "one"
    client.delete_secret(SecretId="collector", ForceDeleteWithoutRecovery=True)
    time.sleep(0.2)
    assert name_of(KEY) == "one"


class HangsUp(Rude):
    def answer(self, call: BaseHTTPRequestHandler) -> None:
        call.close_connection = True
        call.connection.close()


def test_a_secret_that_cant_be_asked_for_is_told_in_one_line(tmp_path: Path) -> None:
    with HangsUp("http://nowhere") as rude:
        settings = given(tmp_path, "secretsmanager:collector", str(rude.config.endpoint_url))
        with pytest.raises(SettingsError) as told:
            read_keys(settings)

    assert 'secret "collector" can\'t be read from' in str(told.value)


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ("", "there are no keys to know senders by; name a secret or a file"),
        ("{", "Invalid JSON"),
        ({"shop": {}}, "shop.keys: Field required"),
        ({"shop": {"kyes": {}}}, "shop.kyes: Extra inputs are not permitted"),
        ({"shop": {"keys": {"web": "short"}}}, 'shop.keys: key "web" has 5 characters'),
        ({"shop": {"keys": {"web": 7}}}, "shop.keys.web: Input should be a valid string"),
        ({"shop": {"keys": {"web": "sha256:0"}}}, 'key "web": expected 64 hexadecimal digits'),
        ({"shop": {"keys": {"web": KEY}, "rate": 0}}, "shop.rate: Input should be greater than 0"),
        ({"shop": {"keys": {"web": KEY}, "origins": "*"}}, "shop.origins: Input should be"),
        ("nowhere.json", "nowhere.json: No such file or directory"),
    ],
)
def test_what_is_wrong_with_the_document_is_told_without_a_key(
    document: object, told: str, tmp_path: Path
) -> None:
    with pytest.raises(SettingsError) as error:
        read_keys(given(tmp_path, document))

    assert told in str(error.value)
    assert KEY not in str(error.value)
    assert "\n" not in str(error.value)


def test_keys_dont_stand_in_the_projects_file(tmp_path: Path) -> None:
    (tmp_path / "tidegate.toml").write_text("collect_keys = '{}'\n")

    with pytest.raises(SettingsError, match="collect_keys holds keys; keep them in AWS Secrets"):
        load_settings(tmp_path)


def test_an_origin_is_let_in_by_its_whole_name_or_by_all() -> None:
    shop = OfSource(keys={}, origins=("https://shop.example.org",))

    assert shop.lets_in("https://shop.example.org")
    assert not shop.lets_in("https://shop.example.org.elsewhere.example")
    assert not shop.lets_in("null")
    assert not OfSource(keys={}).lets_in("https://shop.example.org")
    assert OfSource(keys={}, origins=("*",)).lets_in("https://anywhere.example")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Stops the clock; called, it lets so many seconds pass."""
    now = [1_000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])

    def pass_by(seconds: float) -> None:
        now[0] += seconds

    return pass_by


def test_a_key_may_send_its_rate_twice_as_much_at_once(clock: Callable[[float], None]) -> None:
    rates, key = Rates(), ("shop", "web")

    rates.spend(key, 10, 20)
    assert rates.wait(key, 10) == 0
    rates.spend(key, 10, 5)
    assert rates.wait(key, 10) == 0.5
    assert rates.wait(("shop", "app"), 10) == 0
    clock(0.5)
    assert rates.wait(key, 10) == 0
    clock(60)
    rates.spend(key, 10, 30)
    assert rates.wait(key, 10) == 1

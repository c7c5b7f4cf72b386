"""The key that personal columns are hashed with: where it comes from, and what is no key."""

import base64
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.visits import write_project
from tidegate.aws import AwsConfig, Endpoint
from tidegate.errors import SettingsError
from tidegate.flow.personal_key import PersonalKey, personal_key
from tidegate.settings import Settings, load_settings

pytestmark = pytest.mark.quick

KEY = bytes(range(32))
Given = Callable[..., Settings]


@pytest.fixture
def given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Given:
    """The settings of a project, with a key in the environment."""

    def load(key: str = "", **flags: str) -> Settings:
        monkeypatch.setenv("TIDEGATE_PERSONAL_KEY", key)
        return load_settings(write_project(tmp_path), **flags)

    return load


def found(settings: Settings) -> bytes:
    return personal_key(settings, print).secret


@pytest.mark.parametrize(
    "text", [KEY.hex(), KEY.hex().upper() + "\n", base64.b64encode(KEY).decode()]
)
def test_the_environment_has_it_as_hexadecimal_or_base64_text(text: str, given: Given) -> None:
    assert found(given(text)) == KEY


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("open sesame", "TIDEGATE_PERSONAL_KEY is no key; expected hexadecimal or base64 text"),
        ("schlüssel" * 8, "TIDEGATE_PERSONAL_KEY is no key; expected hexadecimal or base64 text"),
        ("5e5a" * 8, "TIDEGATE_PERSONAL_KEY is a key of 16 bytes; expected hexadecimal or base64"),
    ],
)
def test_what_is_no_key_is_refused_and_not_shown(text: str, said: str, given: Given) -> None:
    settings = given(text)

    with pytest.raises(SettingsError) as refused:
        found(settings)

    assert str(refused.value).startswith(said)
    assert text not in str(refused.value)
    assert text not in repr(settings)


def test_a_laptop_makes_one_once_that_its_owner_alone_can_read(given: Given) -> None:
    settings, said = given(), []

    keys = {personal_key(settings, said.append).secret for _ in range(3)}

    file = settings.state / "personal.key"
    (key,) = keys
    assert len(key) == 32
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert said == [f"made a key for hashing personal columns: {file}; keep it as long as the lake"]
    assert [one.name for one in file.parent.iterdir()] == ["personal.key"]
    file.chmod(0o644)
    with pytest.raises(SettingsError, match=r"others can read the key; type: chmod 600"):
        found(settings)


def test_it_is_never_in_the_lake(given: Given) -> None:
    with pytest.raises(SettingsError, match="would be in the lake; set warehouse to another"):
        found(given(warehouse=".tidegate"))


def test_on_a_glue_catalog_it_must_be_given(given: Given) -> None:
    with pytest.raises(SettingsError, match="TIDEGATE_PERSONAL_KEY=secretsmanager:NAME"):
        found(given(catalog="glue", warehouse="s3://lake"))


def test_the_projects_file_names_a_secret_and_holds_none(given: Given, tmp_path: Path) -> None:
    (tmp_path / "tidegate.toml").write_text(f'personal_key = "{KEY.hex()}"\n')

    with pytest.raises(SettingsError, match=r"tidegate.toml: personal_key holds a key") as refused:
        given()

    assert KEY.hex() not in str(refused.value)


@pytest.mark.parametrize("held", [{"SecretString": KEY.hex()}, {"SecretBinary": KEY}], ids=list)
def test_secrets_manager_has_it_as_text_or_bytes(
    held: dict[str, str | bytes], given: Given, aws: AwsConfig, endpoint: Endpoint
) -> None:
    name = f"visits/{next(iter(held))}"
    aws.client("secretsmanager").create_secret(Name=name, **held)

    assert found(given(f"secretsmanager:{name}", endpoint=endpoint.address)) == KEY


def test_a_secret_that_is_not_there_is_named(given: Given, endpoint: Endpoint) -> None:
    settings = given("secretsmanager:nowhere", endpoint=endpoint.address)

    with pytest.raises(SettingsError) as refused:
        found(settings)

    assert str(refused.value) == (
        f'secret "nowhere" can\'t be read from {endpoint.address}: ResourceNotFoundException; make'
        " it in AWS Secrets Manager, or let this role read it (secretsmanager:GetSecretValue)"
    )


def test_keys_are_told_apart_by_a_fingerprint_that_is_not_theirs() -> None:
    one, other = PersonalKey(KEY), PersonalKey(KEY[::-1])

    assert one.fingerprint == PersonalKey(KEY).fingerprint != other.fingerprint
    assert len(one.fingerprint) == 8
    assert KEY.hex()[:8] not in repr(one)
    assert repr(KEY) not in repr(one)

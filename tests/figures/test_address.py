"""Where the database is, by the setting's text, and what of it is told."""

import ssl
from pathlib import Path

import pytest

from tidegate.aws import AwsConfig
from tidegate.errors import SettingsError
from tidegate.figures.address import Address, given_address
from tidegate.settings import load_settings

pytestmark = pytest.mark.quick


@pytest.fixture
def given(tmp_path: Path, monkeypatch):
    """Reads the address that the variable gives."""
    (tmp_path / "contracts").mkdir()

    def read(text: str) -> Address | None:
        monkeypatch.setenv("TIDEGATE_FIGURES_DATABASE", text)
        return given_address(load_settings(tmp_path))

    return read


def test_an_address_is_read(given):
    found = given("postgresql://ann:h%40sh@db.example.org:6432/figures")

    assert (found.user, found.password, found.host) == ("ann", "h@sh", "db.example.org")
    assert (found.port, found.database) == (6432, "figures")
    assert "h@sh" not in str(found)


def test_nothing_is_given_by_an_empty_setting(given):
    assert given("") is None


def test_what_is_elsewhere_is_encrypted_and_verified_where_that_is_asked(given):
    assert given("postgresql://ann@localhost/x").tls is None
    assert given("postgresql://ann@db.example.org/x").tls.verify_mode == ssl.CERT_NONE
    verified = given("postgresql://ann@db.example.org/x?sslmode=verify-full").tls
    assert (verified.verify_mode, verified.check_hostname) == (ssl.CERT_REQUIRED, True)


def test_a_socket_is_one_of_a_folder(given):
    found = given("postgresql://ann@/figures?host=/run/postgresql")

    assert found.arguments(None) == {
        "user": "ann",
        "password": None,
        "database": "figures",
        "unix_sock": "/run/postgresql/.s.PGSQL.5432",
    }


def test_iam_signs_a_password_for_each_connection(given, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIA")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    found = given("postgresql+iam://figures@db.example.org/figures")

    signed = found.arguments(AwsConfig(None, "eu-west-1"))["password"]

    assert signed.startswith("db.example.org:5432/?Action=connect&DBUser=figures&")
    assert "eu-west-1" in signed


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("none", "says that there is none; expected postgresql://"),
        ("figures.db", "is no address; expected postgresql://USER:PASSWORD@HOST:PORT/NAME"),
        ("mysql://ann:hush@db/x", "is no address"),
        ("postgresql://db/x", "is no address"),
        ("postgresql://ann:hush@db:many/x", "is no address"),
        ("postgresql://ann:hush@db/x?sslmode=verify", 'sslmode is "verify"; expected one of'),
        ("postgresql://ann:hush@db/x?ssl=1", 'unknown "ssl"; it takes host, sslmode'),
        ("postgresql://ann:hush@db/x?sslrootcert=/none", "sslrootcert /none: no such file"),
    ],
)
def test_what_is_no_address_is_told_without_its_password(given, text, told):
    with pytest.raises(SettingsError) as error:
        given(text)

    assert told in str(error.value)
    assert "TIDEGATE_FIGURES_DATABASE" in str(error.value)
    assert "hush" not in str(error.value)


def test_the_projects_file_holds_no_password(tmp_path):
    (tmp_path / "tidegate.toml").write_text('figures_database = "postgresql://ann:hush@db/x"')
    with pytest.raises(SettingsError, match="figures_database holds a password; keep the address"):
        load_settings(tmp_path)

    (tmp_path / "tidegate.toml").write_text('figures_database = "postgresql://ann@db/x"')
    assert given_address(load_settings(tmp_path)).host == "db"

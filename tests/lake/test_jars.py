"""What Spark needs to open the lake, and how it comes."""

from pathlib import Path

import pytest

from tidegate.errors import SettingsError
from tidegate.lake.jars import fetch_jars, jar_options, packages
from tidegate.settings import Settings


@pytest.mark.quick
@pytest.mark.parametrize(
    ("spark", "iceberg"),
    [
        ("4.1.1", "org.apache.iceberg:iceberg-spark-runtime-4.1_2.13:1.11.0"),
        ("4.0.2", "org.apache.iceberg:iceberg-spark-runtime-4.0_2.13:1.10.1"),
    ],
)
def test_each_spark_gets_the_iceberg_that_aws_runs_with_it(
    spark: str, iceberg: str, tmp_path: Path
) -> None:
    on_a_laptop = Settings(project=tmp_path)

    assert packages(on_a_laptop, spark) == [iceberg, "org.xerial:sqlite-jdbc:3.50.3.0"]


@pytest.mark.quick
def test_a_lake_on_aws_gets_the_libraries_for_it(tmp_path: Path) -> None:
    on_aws = Settings(project=tmp_path, catalog="glue", warehouse="s3://lake/here")

    assert packages(on_aws, "4.1.1") == [
        "org.apache.iceberg:iceberg-spark-runtime-4.1_2.13:1.11.0",
        "org.apache.iceberg:iceberg-aws-bundle:1.11.0",
    ]


@pytest.mark.quick
def test_a_spark_the_lake_is_not_run_with_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"Spark 3\.5\.6 is installed; the lake runs on 4\.1"):
        packages(Settings(project=tmp_path), "3.5.6")


@pytest.mark.quick
def test_files_that_were_fetched_are_taken_and_else_their_coordinates(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(project=tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    before = jar_options(settings)
    wanted = before["spark.jars.packages"].split(",")
    fetched = tmp_path / ".ivy2.5.2" / "jars"
    fetched.mkdir(parents=True)
    for group, name, number in (coordinates.split(":") for coordinates in wanted):
        (fetched / f"{group}_{name}-{number}.jar").touch()

    assert jar_options(settings)["spark.jars"].split(",") == [
        str(fetched / f"{wanted[0].replace(':', '_', 1).replace(':', '-')}.jar"),
        str(fetched / "org.xerial_sqlite-jdbc-3.50.3.0.jar"),
    ]
    assert not fetch_jars(settings)


def test_what_cannot_be_fetched_is_told_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    nobody = "-Dhttps.proxyHost=127.0.0.1 -Dhttps.proxyPort=9"
    monkeypatch.setenv("SPARK_SUBMIT_OPTS", f"{nobody} -Duser.home={tmp_path}")

    with pytest.raises(SettingsError) as told:
        fetch_jars(Settings(project=tmp_path))

    assert "\n" not in str(told.value)
    assert "Spark can't fetch org.apache.iceberg:iceberg-spark-runtime" in str(told.value)
    assert "Connection refused" in str(told.value)

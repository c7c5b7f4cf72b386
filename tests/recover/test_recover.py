"""A lake whose original is gone, brought back from a copy of its files that was caught on its way.

The copy is of two runs. Whatever of the second hasn't arrived, what is brought back goes together,
its books are proven, and the next run makes of the stream what was there before.
"""

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import put
from tests.lake_of_a_test import LakeOfATest, payload
from tests.local_endpoint import CATALOG
from tests.recover.replica import Replicated, because, commits, gone, recovered
from tidegate.aws import AwsConfig
from tidegate.errors import LakeError
from tidegate.lake.ledger import TAG, Counts
from tidegate.recover.place import place_of

FIRST = [*(payload(id=str(number)) for number in range(20)), b"no JSON", payload(id="1")]
SECOND = [
    *(payload(id=str(number), created_at="2015-01-02T10:00:00Z") for number in range(30, 45)),
    payload(id="1", type="WatchEvent"),
    b"nor this",
]
MARTS = ("mart.daily_activity", "mart.repository_activity")
CLEAN = "clean.github_events"
FLOW = ("raw.github", "clean.github_events", "quarantine.github_events", *MARTS)
BOOKS = Counts(rows_in=39, published=35, quarantined=3, duplicates=1)


class Original:
    """The lake that is gone: its files after each of its runs, and what it said."""

    def __init__(self, lake: LakeOfATest, aws: AwsConfig) -> None:
        put(aws, lake, FIRST)
        lake.flow()
        self.once = Replicated(lake)
        put(aws, lake, SECOND)
        lake.flow()
        self.twice = Replicated(lake)
        self.contents = lake.contents()
        gone(lake)

    def second_of(self, *tables: str) -> Callable[[str, str], bool]:
        """What has arrived where nothing of these tables' second commits has."""
        return lambda table, file: table not in tables or (table, file) in self.once.files


@pytest.fixture(scope="module")
def original(
    make_lake: Callable[[str], LakeOfATest], streams: Callable[..., str], aws: AwsConfig
) -> Original:
    return Original(make_lake(streams()), aws)


def data_of(name: str, original: Original) -> str:
    """A data file that a table's second commit added."""
    new = original.twice.files.keys() - original.once.files.keys()
    return min(file for of, file in new if of == name and file.endswith(".parquet"))


def test_a_copy_that_is_whole_is_brought_back_as_it_was(original: Original) -> None:
    lake = original.twice.copied()

    found = recovered(lake)

    assert commits(found) == dict.fromkeys(FLOW, 2)
    assert {one.because for one in found.choices} == {""}
    assert lake.contents() == original.contents
    assert lake.pages()["clean.github_events"] == BOOKS
    assert lake.unproven() == []
    history = lake.run().table("raw.github").history()
    assert history.ref(TAG) == history.head
    assert [entry.number for entry in history.entries()] == [2, 1]
    assert [stage.verdict for stage in lake.flow().stages] == ["nothing new"] * 4


def test_no_address_of_the_original_is_left_in_what_readers_open(original: Original) -> None:
    lake = original.twice.copied()
    recovered(lake)
    old = original.twice.lake.settings.database_prefix

    for name in FLOW:
        rows = lake.table(name).selectExpr("input_file_name()").distinct().collect()
        files = lake.spark.table(f"lake.{lake.settings.database_prefix}{name}.all_files")
        manifests = lake.spark.table(f"lake.{lake.settings.database_prefix}{name}.all_manifests")
        named = [row[0] for row in [*rows, *files.select("file_path").collect()]]
        named += [row[0] for row in manifests.select("path").collect()]
        assert named
        assert [path for path in named if f"/{old}" in path] == []


@pytest.mark.parametrize(
    ("lacking", "brought", "told"),
    [
        pytest.param("raw.github", 1, "hasn't arrived", id="raw"),
        pytest.param("clean.github_events", 2, "", id="clean"),
    ],
)
def test_where_a_data_file_is_missing_its_table_and_what_was_made_of_it_are_set_back(
    original: Original, lacking: str, brought: int, told: str
) -> None:
    file = data_of(lacking, original)
    lake = original.twice.copied(lambda table, one: (table, one) != (lacking, file))

    found = recovered(lake)

    derived = {"clean.github_events": 1, "quarantine.github_events": 1, **dict.fromkeys(MARTS, 1)}
    assert commits(found) == {"raw.github": brought, **derived}
    assert told in because(found, "raw.github")
    assert lake.unproven() == []


def test_where_a_manifest_is_missing_or_cut_short_its_commit_is_not_there(
    original: Original,
) -> None:
    new = original.twice.files.keys() - original.once.files.keys()
    manifests = {one for one in new if one[1].endswith("-m0.avro") and one[0] in FLOW}
    lake = original.twice.copied(lambda table, file: (table, file) not in manifests)
    short = original.twice.copied()
    for table, file in manifests:
        place = place_of(short.settings)
        folder = original.twice.folder(short, table)
        place.write(f"{folder}/{file}", original.twice.files[table, file][:-7])

    assert commits(recovered(lake)) == dict.fromkeys(FLOW, 1)
    assert commits(recovered(short)) == dict.fromkeys(FLOW, 1)


def test_clean_that_is_ahead_of_raw_is_set_back_with_all_that_read_it(original: Original) -> None:
    lake = original.twice.copied(original.second_of("raw.github"))

    found = recovered(lake)

    assert commits(found) == dict.fromkeys(FLOW, 1)
    told = "it has read raw.github up to commit 2, which has 1"
    assert because(found, "clean.github_events") == told
    assert because(found, "mart.daily_activity").startswith("it has read clean.github_events")
    assert lake.unproven() == []
    lake.flow()
    assert lake.contents() == original.contents
    assert lake.pages()["clean.github_events"] == BOOKS


def test_marts_that_are_ahead_of_clean_alone_are_set_back(original: Original) -> None:
    lake = original.twice.copied(original.second_of("clean.github_events"))

    found = recovered(lake)

    assert commits(found) == {**dict.fromkeys(FLOW, 1), "raw.github": 2}
    assert because(found, "quarantine.github_events").startswith("clean.github_events goes with")


def test_a_quarantine_that_has_not_arrived_sets_its_clean_table_back(original: Original) -> None:
    lake = original.twice.copied(original.second_of("quarantine.github_events"))

    found = recovered(lake)

    assert commits(found) == {**dict.fromkeys(FLOW, 1), "raw.github": 2}
    told = "commit 2 of quarantine.github_events isn't there"
    assert because(found, "clean.github_events") == told


def test_a_quarantine_whose_publish_has_not_arrived_is_published_with_its_clean_table(
    original: Original,
) -> None:
    newest = ("quarantine.github_events", original.twice.newest("quarantine.github_events"))
    lake = original.twice.copied(lambda table, file: (table, file) != newest)

    found = recovered(lake)

    assert commits(found) == dict.fromkeys(FLOW, 2)
    assert lake.unproven() == []
    assert lake.contents() == original.contents
    assert lake.branches("quarantine.github_events") == []


def test_a_mart_of_which_nothing_has_arrived_is_made_anew(original: Original) -> None:
    lake = original.twice.copied(lambda table, file: table != "mart.daily_activity")

    recovered(lake)
    lake.flow()

    assert lake.contents() == original.contents


def test_of_two_metadata_files_of_one_number_neither_is_taken(original: Original) -> None:
    """A run that lost the race for a commit may have left one."""
    lake = original.twice.copied()
    newest = original.twice.newest("raw.github")
    folder = original.twice.folder(lake, "raw.github")
    twin = newest.replace("-", "-1", 1)
    content = original.twice.files["raw.github", newest]
    place_of(lake.settings).write(f"{folder}/{twin}", content)

    assert commits(recovered(lake)) == dict.fromkeys(FLOW, 1)


def test_what_was_brought_back_can_be_brought_back_again(original: Original) -> None:
    once = original.twice.copied(original.second_of("raw.github"))
    recovered(once)
    once.flow()
    again = Replicated(once)
    gone(once)
    lake = again.copied()

    found = recovered(lake)

    assert commits(found) == dict.fromkeys(FLOW, 2)
    assert lake.contents() == original.contents
    assert [stage.verdict for stage in lake.flow().stages] == ["nothing new"] * 4


def test_the_same_again_finds_what_it_did_and_changes_nothing(original: Original) -> None:
    lake = original.twice.copied()
    recovered(lake)
    before = Replicated(lake)

    recovered(lake)

    assert Replicated(lake).files == before.files


def test_tables_that_are_in_use_are_left_alone(original: Original, aws: AwsConfig) -> None:
    lake = original.twice.copied(original.second_of("raw.github"))
    recovered(lake)
    lake.land_stream()
    before = lake.contents()

    with pytest.raises(LakeError, match=r"the catalog has .*raw\.github already"):
        recovered(lake)

    assert lake.contents() == before


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(12))
def test_whatever_has_arrived_goes_together_and_the_next_run_makes_the_rest(
    original: Original, seed: int
) -> None:
    chance = random.Random(seed)
    share = chance.choice([0.02, 0.1, 0.3])
    new = original.twice.files.keys() - original.once.files.keys()
    late = {one for one in sorted(new) if chance.random() < share}
    lake = original.twice.copied(lambda table, file: (table, file) not in late)

    found = commits(recovered(lake))

    assert set(found.values()) <= {1, 2}
    assert found[CLEAN] <= found["raw.github"]
    assert found[CLEAN] == found["quarantine.github_events"]
    assert all(found[mart] <= found[CLEAN] for mart in MARTS)
    assert lake.unproven() == []
    if seed % 4 == 0:
        lake.flow()
        assert lake.contents() == original.contents


def test_a_place_without_a_table_is_told(original: Original) -> None:
    lake = original.twice.copied(lambda table, file: False)

    with pytest.raises(LakeError, match="no table of this project's has metadata there"):
        recovered(lake)


@pytest.fixture
def commands(
    typed: Callable[..., tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[int, str, str]]:
    """Types a command on a lake."""

    def on(lake: LakeOfATest, *words: str) -> tuple[int, str, str]:
        for name, value in lake.environment().items():
            monkeypatch.setenv(name, value)
        return typed(*words)

    return on


def test_the_command_tells_what_it_brings_back_and_proves_the_books(
    original: Original, commands: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    lake = original.twice.copied(original.second_of("raw.github"))

    code, _, told = commands(lake, "recover")
    assert (code, told.splitlines()[-1]) == (
        2,
        "UserError: nothing was done; tidegate recover --yes brings these tables back",
    )

    code, out, told = commands(lake, "recover", "--yes")
    assert (code, told.splitlines()[-1]) == (0, "go on with: tidegate run FLOW")
    assert "1 commit behind: it has read raw.github up to commit 2, which has 1" in out
    assert "22 published" in out


def test_tables_of_which_the_project_has_no_contract_are_named_and_left_as_they_are(
    original: Original, commands: Callable[..., tuple[int, str, str]]
) -> None:
    lake = original.twice.copied(lambda table, file: True)
    place, other = place_of(lake.settings), "raw/orders/metadata/v1.metadata.json"
    place.write(other, b"{}")

    code, _, told = commands(lake, "recover", "--yes")

    assert (code, place.read(other)) == (0, b"{}")
    assert "left as they are, as this project has no contract of them: raw/orders" in told


@pytest.mark.skipif(CATALOG == "glue", reason="S3 has no files of checksums")
def test_data_whose_checksums_were_copied_before_they_were_whole_is_read_all_the_same(
    original: Original,
) -> None:
    lake = original.twice.copied()
    for name in lake.contracts:
        place = Path(lake.settings.lake) / original.twice.folder(lake, name)
        for cut, file in enumerate(sorted(place.rglob(".*.parquet.crc"))):
            file.write_bytes(file.read_bytes()[: -4 if cut % 2 else 0])

    recovered(lake)

    assert lake.contents() == original.contents

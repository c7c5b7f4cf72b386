"""A bucket's files, as a copy that keeps old versions has them."""

from pathlib import Path

import pytest

from tidegate.aws import AwsConfig
from tidegate.errors import LakeError
from tidegate.recover.place import Bucket, Folder


def test_of_a_versioned_bucket_the_newest_versions_count(aws: AwsConfig) -> None:
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="versioned")
    s3.put_bucket_versioning(Bucket="versioned", VersioningConfiguration={"Status": "Enabled"})
    place = Bucket("s3://versioned/lake", aws)
    for content in (b"old", b"newer"):
        place.write("raw/doors/a", content)
        place.write("raw/doors/metadata/b", content)
    s3.delete_object(Bucket="versioned", Key="lake/raw/doors/metadata/b")

    assert place.sizes("raw/doors") == {"a": 5}
    assert place.read("raw/doors/a") == b"newer"

    # What was deleted is back once its delete marker is gone, as the runbook has it.
    (marker,) = s3.list_object_versions(Bucket="versioned")["DeleteMarkers"]
    s3.delete_object(Bucket="versioned", Key=marker["Key"], VersionId=marker["VersionId"])
    assert place.sizes("raw/doors") == {"a": 5, "metadata/b": 5}


@pytest.mark.parametrize("kind", ["folder", "bucket"])
def test_the_folders_that_have_metadata_are_those_of_tables(
    aws: AwsConfig, tmp_path: Path, kind: str
) -> None:
    aws.client("s3").create_bucket(Bucket="of-tables")
    place = Folder(str(tmp_path)) if kind == "folder" else Bucket("s3://of-tables/lake", aws)
    for file in ("clean/doors/metadata/v1", "raw/doors/data/a", "notes", "mart/visits/metadata/v1"):
        place.write(file, b"")

    assert place.folders() == {"clean/doors", "mart/visits"}


def test_what_s3_refuses_is_told_with_the_place_and_what_to_do(aws: AwsConfig) -> None:
    with pytest.raises(LakeError, match=r"^s3://nosuch/lake: S3 says NoSuchBucket; name the"):
        Bucket("s3://nosuch/lake", aws).sizes("raw/doors")

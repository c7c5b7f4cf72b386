"""A second region: what stands by there, what is copied to it, and what is led to it."""

from typing import Any

import pytest

from tests.infra.stacks import ALL_ON, made, resources, template

pytestmark = pytest.mark.quick

NAMES = {
    "AWS::IAM::Role": "RoleName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::CloudWatch::Dashboard": "DashboardName",
}
"""Types that an account has in all regions at once, and what names them."""
ONCE = ("AWS::Budgets::Budget", "AWS::SecretsManager::Secret")
"""Types that only the first region makes, of which the second has copies where it needs them."""
OF_A_REGION = {"figures.DatabaseSecret": "its own database's"}
"""What is of these types, and is another one in each region."""


def named() -> list[tuple[str, Any]]:
    found = [(place, one["Properties"].get(NAMES[one["Type"]])) for place, one in resources(*NAMES)]
    return [(place, name) for place, name in found if name]


@pytest.mark.parametrize(("place", "name"), named(), ids=[place for place, _ in named()])
def test_what_has_one_name_in_all_regions_has_the_regions_behind_it_where_it_stands_by(
    place: str, name: Any
) -> None:
    condition, elsewhere, here = name["Fn::If"]

    assert condition == "IsStandby"
    assert elsewhere == {"Fn::Sub": f"{here['Fn::Sub']}-${{AWS::Region}}"}


def test_what_there_is_once_is_made_in_the_first_region() -> None:
    for place, one in resources(*ONCE):
        stack, name = place.split(".")
        if place not in OF_A_REGION:
            asked = {k: v for k, v in ALL_ON.items() if k in template(stack)["Parameters"]}
            assert name in made(stack, **asked)
            assert name not in made(stack, **{**asked, "Standby": "yes"})
            assert "ReplicaRegions" in one["Properties"] or one["Type"] == ONCE[0]


def test_the_lake_is_copied_to_the_bucket_that_the_second_regions_own_stack_makes() -> None:
    has = template("lake")["Resources"]["LakeBucket"]["Properties"]
    _, copying, _ = has["ReplicationConfiguration"]["Fn::If"]
    (rule,) = copying["Rules"]
    there = has["BucketName"]["Fn::Sub"].replace("${AWS::Region}", "${ReplicaRegion}")

    assert rule["Destination"]["Bucket"] == {"Fn::Sub": f"arn:${{AWS::Partition}}:s3:::{there}"}
    assert template("lake")["Outputs"]["ReplicaBucket"]["Value"] == {"Fn::Sub": there}
    assert rule["Destination"]["ReplicationTime"] == {"Status": "Enabled", "Time": {"Minutes": 15}}
    assert rule["Filter"] == {"Prefix": "lake/"}


def test_nothing_of_a_recovery_is_made_where_it_is_not_asked_for() -> None:
    assert made("recovery") == ["BackupFailed"]
    asked = {k: v for k, v in ALL_ON.items() if k in template("recovery")["Parameters"]}
    assert set(made("recovery", **asked)) == set(template("recovery")["Resources"])


def test_the_senders_name_leads_to_the_first_region_while_that_is_well() -> None:
    (_, name), (_, health) = (
        next(resources(f"AWS::Route53::{kind}")) for kind in ("RecordSet", "HealthCheck")
    )
    has = name["Properties"]

    assert has["Failover"] == {"Fn::If": ["IsStandby", "SECONDARY", "PRIMARY"]}
    assert has["HealthCheckId"] == {"Ref": "Health"}
    assert health["Properties"]["HealthCheckConfig"]["Type"] == "HTTPS"


def test_backups_are_encrypted_kept_and_copied_to_the_second_region() -> None:
    found = template("recovery")["Resources"]
    (rule,) = found["Plan"]["Properties"]["BackupPlan"]["BackupPlanRule"]

    assert found["Vault"]["Properties"]["EncryptionKeyArn"] == {"Ref": "DataKey"}
    assert found["Vault"]["DeletionPolicy"] == "Retain"
    assert rule["EnableContinuousBackup"] is True
    assert rule["CopyActions"]["Fn::If"][0] == "HasReplica"
    selected = str(found["Selection"]["Properties"]["BackupSelection"]["Resources"])
    for one in ("LakeBucket", "RunsTable", "RedshiftNamespace", "FiguresCluster"):
        assert one in selected

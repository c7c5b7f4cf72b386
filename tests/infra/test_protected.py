"""What matters is set: encryption, TLS, no way in from outside, retention, what is kept."""

from typing import Any

import pytest

from tests.infra.policies import statements
from tests.infra.reasons import NO_DATA, PLAIN_LOGS
from tests.infra.stacks import ALL_ON, STACKS, flat, made, resources, template

pytestmark = pytest.mark.quick

BUCKETS = dict(resources("AWS::S3::Bucket"))
DATA = (
    "AWS::S3::Bucket", "AWS::KMS::Key", "AWS::SecretsManager::Secret", "AWS::Glue::Database",
    "AWS::Kinesis::Stream", "AWS::DynamoDB::Table", "AWS::RedshiftServerless::Namespace",
    "AWS::RDS::DBCluster",
)  # fmt: skip
AT_REST = (
    "AWS::EC2::NatGateway", "AWS::EC2::EIP", "AWS::ECS::Service", "AWS::EMR::Cluster",
    "AWS::RedshiftServerless::Workgroup", "AWS::KinesisFirehose::DeliveryStream",
    "AWS::ElasticLoadBalancingV2::LoadBalancer",
    "AWS::RDS::DBInstance",
)  # fmt: skip
"""What costs by the hour, whether it is used or not."""
ASKED_ELSEWHERE = {
    "collector.ApiRoute": "the collector itself looks at each source's keys",
    "collector.SocketsMessage": "who sends was asked when the connection was opened",
}
"""Routes of an API that anybody reaches."""
KEYS = {"Ref": "DataKey"}, {"Ref": "AlertKey"}


@pytest.mark.parametrize("bucket", BUCKETS)
def test_a_bucket_is_encrypted_versioned_and_closed_to_the_public(bucket: str) -> None:
    has = BUCKETS[bucket]["Properties"]
    (rule,) = has["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    by_default = rule["ServerSideEncryptionByDefault"]

    assert set(has["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(has["PublicAccessBlockConfiguration"]) == 4
    assert has["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    assert has["VersioningConfiguration"] == {"Status": "Enabled"}
    if bucket == "lake.LogsBucket":  # the service that writes there takes no key but its own
        assert by_default == {"SSEAlgorithm": "AES256"}
    else:
        assert by_default == {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": {"Ref": "DataKey"}}
        assert rule["BucketKeyEnabled"]


@pytest.mark.parametrize("bucket", BUCKETS)
def test_a_buckets_old_versions_and_unfinished_uploads_go(bucket: str) -> None:
    rules = BUCKETS[bucket]["Properties"]["LifecycleConfiguration"]["Rules"]

    assert any("NoncurrentVersionExpiration" in rule for rule in rules)
    assert any("AbortIncompleteMultipartUpload" in rule for rule in rules)


@pytest.mark.parametrize("bucket", BUCKETS)
def test_a_bucket_is_reached_by_tls_only(bucket: str) -> None:
    name = bucket.split(".")[1]
    policies = dict(resources("AWS::S3::BucketPolicy"))
    mine = [x for x, one in policies.items() if one["Properties"]["Bucket"] == {"Ref": name}]
    denied = [one for one in statements() if [one.place] == mine and one.effect == "Deny"]

    (tls,) = [one for one in denied if one.condition == {"Bool": {"aws:SecureTransport": "false"}}]
    assert (tls.principal, tls.actions) == ("*", ("s3:*",))
    assert tls.resources == (f"${{{name}.Arn}}", f"${{{name}.Arn}}/*")


@pytest.mark.parametrize("kind", ["AWS::SNS::Topic", "AWS::SQS::Queue"])
def test_alerts_are_encrypted_and_reached_by_tls_only(kind: str) -> None:
    policy = "AWS::SNS::TopicPolicy" if "SNS" in kind else "AWS::SQS::QueuePolicy"
    covered = [
        target["Ref"]
        for _, one in resources(policy)
        for target in one["Properties"].get("Topics", one["Properties"].get("Queues"))
        if "'aws:SecureTransport': 'false'" in str(one)
    ]
    found = dict(resources(kind))

    assert found
    for name, one in found.items():
        assert one["Properties"]["KmsMasterKeyId"] == {"Ref": "AlertKey"}
        assert name.split(".")[1] in covered


def test_keys_are_rotated() -> None:
    assert all(one["Properties"]["EnableKeyRotation"] for _, one in resources("AWS::KMS::Key"))


def test_streams_and_secrets_are_encrypted_with_the_key_of_data() -> None:
    for _, one in resources("AWS::Kinesis::Stream"):
        assert one["Properties"]["StreamEncryption"] == {
            "EncryptionType": "KMS",
            "KeyId": {"Ref": "DataKey"},
        }
        assert one["Properties"]["RetentionPeriodHours"]
    for _, one in resources("AWS::SecretsManager::Secret"):
        assert one["Properties"]["KmsKeyId"] in ({"Fn::GetAtt": ["DataKey", "Arn"]}, KEYS[0])


@pytest.mark.parametrize("place", [name for name, _ in resources("AWS::Logs::LogGroup")])
def test_logs_are_encrypted_and_go_after_some_days(place: str) -> None:
    has = dict(resources("AWS::Logs::LogGroup"))[place]["Properties"]

    assert has["RetentionInDays"]
    assert has.get("KmsKeyId") in KEYS or place in PLAIN_LOGS


def test_results_of_athena_are_encrypted_and_askers_cant_choose_otherwise() -> None:
    for _, one in resources("AWS::Athena::WorkGroup"):
        has = one["Properties"]["WorkGroupConfiguration"]
        assert has["EnforceWorkGroupConfiguration"]
        assert has["BytesScannedCutoffPerQuery"]
        assert has["ResultConfiguration"]["EncryptionConfiguration"] == {
            "EncryptionOption": "SSE_KMS",
            "KmsKey": {"Ref": "DataKey"},
        }


def test_each_asker_has_a_place_for_results_that_the_others_cant_read() -> None:
    groups = [one["Properties"] for _, one in resources("AWS::Athena::WorkGroup")]
    places = [
        str(one["WorkGroupConfiguration"]["ResultConfiguration"]["OutputLocation"])
        for one in groups
    ]

    assert len(set(places)) == len(places) == 3


@pytest.mark.parametrize("place", [name for name, _ in resources(*DATA)])
def test_data_and_what_opens_it_stay_when_their_stack_goes(place: str) -> None:
    found = dict(resources(*DATA))[place]

    if place not in NO_DATA:
        assert (found["DeletionPolicy"], found["UpdateReplacePolicy"]) == ("Retain", "Retain")
    else:
        assert {"DeletionPolicy", "UpdateReplacePolicy"} <= found.keys()


def test_no_security_group_lets_anybody_in() -> None:
    for place, one in resources("AWS::EC2::SecurityGroup"):
        assert "SecurityGroupIngress" not in one["Properties"], place
    for place, one in resources("AWS::EC2::SecurityGroupIngress"):
        assert "SourceSecurityGroupId" in one["Properties"], place


def test_nothing_gets_a_public_address() -> None:
    for _, one in resources("AWS::ElasticLoadBalancingV2::LoadBalancer"):
        assert one["Properties"]["Scheme"] == "internal"
    for place, one in resources("AWS::EC2::Subnet"):
        assert one["Properties"]["MapPublicIpOnLaunch"] is False, place
    for _, one in resources("AWS::ECS::Service"):
        network = one["Properties"]["NetworkConfiguration"]["AwsvpcConfiguration"]
        assert network["AssignPublicIp"] == "DISABLED"
    for _, one in resources("AWS::RedshiftServerless::Workgroup"):
        assert one["Properties"]["PubliclyAccessible"] is False
    for _, one in resources("AWS::RDS::DBInstance"):
        assert one["Properties"]["PubliclyAccessible"] is False


def test_the_database_of_figures_is_encrypted_lets_in_by_tls_only_and_may_rest() -> None:
    ((_, one),) = resources("AWS::RDS::DBCluster")
    ((_, told),) = resources("AWS::RDS::DBClusterParameterGroup")
    scaling = one["Properties"]["ServerlessV2ScalingConfiguration"]

    assert one["Properties"]["StorageEncrypted"] is True
    assert one["Properties"]["KmsKeyId"] == KEYS[0]
    assert one["Properties"]["EnableIAMDatabaseAuthentication"] is True
    assert told["Properties"]["Parameters"]["rds.force_ssl"] == "1"
    assert template("figures")["Parameters"]["FiguresCapacity"]["Default"] == 0
    assert scaling["MinCapacity"] == {"Ref": "FiguresCapacity"}


def test_who_asks_an_api_is_known_and_slowed_down() -> None:
    for place, one in resources("AWS::ApiGatewayV2::Route"):
        known = one["Properties"]["AuthorizationType"] in ("AWS_IAM", "CUSTOM")
        assert known or place in ASKED_ELSEWHERE, place
    for place, one in resources("AWS::ApiGatewayV2::Stage"):
        assert one["Properties"]["DefaultRouteSettings"]["ThrottlingRateLimit"], place


def test_the_subnets_are_in_three_zones() -> None:
    zones = {
        name: one["Properties"]["AvailabilityZone"]["Fn::Select"][0]
        for name, one in resources("AWS::EC2::Subnet")
        if "Private" in name
    }

    assert sorted(zones.values()) == [0, 1, 2]


def test_in_dev_nothing_is_made_that_costs_by_the_hour_but_a_shard_a_stream() -> None:
    kinds = [template(stack)["Resources"][name] for stack in STACKS for name in made(stack)]

    assert [one["Type"] for one in kinds if one["Type"] in AT_REST] == []
    assert [one for one in kinds if one["Properties"].get("VpcEndpointType") == "Interface"] == []


def test_what_is_left_out_by_default_is_made_where_it_is_asked_for() -> None:
    kinds = {template(stack)["Resources"][x]["Type"] for stack in STACKS for x in _all_made(stack)}

    assert set(AT_REST) <= kinds


def _all_made(stack: str) -> list[str]:
    return made(stack, **{k: v for k, v in ALL_ON.items() if k in template(stack)["Parameters"]})


def test_the_containers_system_cant_be_written_to_and_it_is_nobody_special() -> None:
    for _, one in resources("AWS::ECS::TaskDefinition"):
        for container in one["Properties"]["ContainerDefinitions"]:
            assert container["ReadonlyRootFilesystem"] is True
            assert container["User"] not in ("0", "root")


def test_a_key_that_encrypts_serves_no_wildcard_principal() -> None:
    def words(principal: Any) -> list[str]:
        return [str(one) for many in principal.values() for one in flat(many)]

    for one in statements():
        if one.kind == "AWS::KMS::Key":
            assert "*" not in words(one.principal)

"""Least privilege: who may do what, and why, and to what."""

import pytest

from tests.infra.policies import asked_by_code, is_asked, statements
from tests.infra.reasons import NO_RESOURCE, SERVICES
from tests.infra.stacks import STACKS, flat, resources, text_of

pytestmark = pytest.mark.quick

WHOLE = {"*", "arn:*"}
HIDDEN = ("raw", "quarantine")


def test_each_action_that_is_allowed_is_asked_for_by_the_engine_or_has_a_reason() -> None:
    asked = asked_by_code()
    allowed = {(a, s.place) for s in statements() if not s.only_limits for a in s.actions}

    assert sorted(x for x in allowed if x[0] not in SERVICES and not is_asked(x[0], asked)) == []


def test_no_reason_is_left_of_an_action_that_nothing_allows() -> None:
    allowed = {action for one in statements() if not one.only_limits for action in one.actions}

    assert sorted(SERVICES.keys() - allowed) == []
    assert sorted(NO_RESOURCE.keys() - allowed) == []


def test_actions_of_the_engine_are_found_in_its_code() -> None:
    asked = asked_by_code()

    assert is_asked("kinesis:GetRecords", asked)
    assert is_asked("athena:GetQueryResults", asked)  # by a paginator
    assert not is_asked("kinesis:DeleteStream", asked)


def test_no_action_and_no_resource_is_told_by_what_it_is_not() -> None:
    told = {(one.place, key) for one in statements() for key in one.keys}

    assert [x for x in told if x[1] in ("NotAction", "NotResource", "NotPrincipal")] == []


def test_a_role_is_allowed_single_actions_and_no_group_of_them() -> None:
    grouped = [
        (one.place, action)
        for one in statements()
        for action in one.actions
        if "*" in action and not one.only_limits and one.kind != "AWS::KMS::Key"
    ]

    assert grouped == []


def test_all_resources_are_meant_only_where_none_can_be_named() -> None:
    wide = [
        (one.place, action)
        for one in statements()
        if not one.only_limits and one.kind != "AWS::KMS::Key"  # there it is the key itself
        for action in one.actions
        if WHOLE & set(one.resources) and action not in NO_RESOURCE
    ]

    assert wide == []


def test_a_role_of_redshift_data_sees_its_own_statements_only() -> None:
    wide = [one for one in statements() if "*" in one.resources]
    own = [one for one in wide if any(a.startswith("redshift-data:") for a in one.actions)]

    assert own
    assert all("redshift-data:statement-owner-iam-userid" in str(one.condition) for one in own)


def test_nobody_from_elsewhere_is_let_in() -> None:
    """Anybody is named only where something is denied or narrowed."""
    anybody = [
        one.place
        for one in statements()
        if one.principal in ("*", {"AWS": "*"}) and not one.only_limits
    ]

    assert anybody == []


def test_an_endpoint_serves_the_accounts_own_principals() -> None:
    """Beside them only what holds images' layers and machines' packages, which anybody may read."""
    for one in statements():
        if one.kind == "AWS::EC2::VPCEndpoint":
            is_own = one.condition == {
                "StringEquals": {"aws:PrincipalAccount": {"Ref": "AWS::AccountId"}}
            }
            assert is_own or (one.actions == ("s3:GetObject",) and "*" not in one.resources)


@pytest.mark.parametrize("hidden", HIDDEN)
def test_analysts_reach_neither_raw_nor_quarantine(hidden: str) -> None:
    for_analysts = [one for one in statements() if "AnalystRole" in one.roles]
    reached = {res for one in for_analysts for res in one.resources if not one.only_limits}

    assert reached
    assert [one for one in reached if _is_of(one, hidden)] == []


def test_the_lander_writes_raw_and_verdicts_only() -> None:
    writing = {"s3:PutObject", "s3:DeleteObject", "glue:UpdateTable", "glue:CreateTable"}
    written = {
        res
        for one in statements()
        if "LanderRole" in one.roles and one.kind == "AWS::IAM::Policy"
        for res in one.resources
        if writing & set(one.actions)
    }

    assert any(_is_of(one, "raw") for one in written)
    for other in ("clean", "mart", "quarantine", "analytics"):
        assert [one for one in written if _is_of(one, other)] == []


def _is_of(resource: str, database: str) -> bool:
    """Whether an ARN is of a database, its tables or their files."""
    named = (f"/lake/{database}/", f"${{{database.capitalize()}Database}}", "database/*", "table/*")
    whole = ("${LakeBucket.Arn}/*", "/lake/*", "${LakeBucket}/*")
    is_name = resource.endswith("database/*")  # GetDatabases, which tells names only
    return not is_name and any(word in resource for word in (*named, *whole))


def test_lake_formation_shows_analysts_what_is_published_only() -> None:
    grants = [
        one["Properties"]
        for _, one in resources("AWS::LakeFormation::PrincipalPermissions")
        if one["Properties"]["Principal"]["DataLakePrincipalIdentifier"] == {"Ref": "AnalystRole"}
    ]
    tags = {
        name: one["Properties"]["LFTags"][0]["TagValues"]
        for name, one in resources("AWS::LakeFormation::TagAssociation")
    }

    assert len(grants) == 2
    for grant in grants:
        (expression,) = grant["Resource"]["LFTagPolicy"]["Expression"]
        assert expression["TagValues"] == ["published", "quality"]
        assert set(grant["Permissions"]) <= {"DESCRIBE", "SELECT"}
    assert tags["lake.RawHolds"] == ["raw"]
    assert tags["lake.QuarantineHolds"] == ["refused"]


def test_a_service_takes_a_role_for_this_account_alone() -> None:
    """But for those that don't say for which account they ask: Glue, Lambda, EMR's machines."""
    silent = {"glue.amazonaws.com", "ec2.amazonaws.com", "lambda.amazonaws.com"}
    for one in statements():
        if "sts:AssumeRole" in one.actions and "Service" in one.principal:
            services = {text_of(service) for service in flat(one.principal["Service"])}
            has_account = "aws:SourceAccount" in str(one.condition)
            assert has_account or services <= silent, one.place


def test_every_stack_with_roles_was_read() -> None:
    assert {one.place.split(".")[0] for one in statements()} >= set(STACKS) - {"questions"}

"""A deployment to the local endpoint: its stacks, what is in them, and what is said."""

import pytest

from tests.deploy.conftest import Project

pytestmark = pytest.mark.quick


def test_the_stacks_are_made_in_order_each_from_the_outputs_before_it(project: Project) -> None:
    code, out, err = project.deploy("--yes")

    assert (code, project.status("lake"), project.status("compute")) == (
        0,
        "CREATE_COMPLETE",
        "CREATE_COMPLETE",
    ), err
    role = project.client("iam").get_role_policy(
        RoleName=f"tidegate-{project.env}-transformer", PolicyName="lake"
    )
    bucket = f"tidegate-{project.env}-lake"
    assert f"arn:aws:s3:::{bucket}/*" in str(role["PolicyDocument"])
    assert out.index("Lake") < out.index("Job")

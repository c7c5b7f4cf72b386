"""The stack of flows and its state machines, as AWS' linter sees them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tidegate.deploy.orchestration import rendered

pytestmark = pytest.mark.aws


def test_the_linter_finds_nothing_in_the_stack() -> None:
    assert findings(REPOSITORY / "infra" / "flow.yaml") == ""


@pytest.mark.parametrize("source", ["github", "storefront"])
def test_the_linter_finds_nothing_in_a_machine(source: str, tmp_path: Path) -> None:
    """It looks at definitions that stand in a template only."""
    path = Path("infra") / "flows" / f"{source}.asl.json"
    properties = {
        "RoleArn": "arn:aws:iam::123456789012:role/flows",
        "Definition": json.loads(rendered(REPOSITORY)[path]),
        "DefinitionSubstitutions": {"AlertTopic": "topic"},
    }
    machine = {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties}
    template = tmp_path / "template.json"
    template.write_text(json.dumps({"Resources": {"Machine": machine}}))

    assert findings(template) == ""


def findings(template: Path) -> str:
    """What the linter says of a template."""
    linter = str(Path(sys.executable).with_name("cfn-lint"))
    command = [linter, "--template", str(template), "--include-checks", "I"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert not ended.stderr
    return ended.stdout

"""``tidegate deploy``: artefacts, then stack after stack, each by a change set that is shown."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from tidegate.aws import AwsConfig
from tidegate.deploy import changes
from tidegate.deploy.artefacts import Artefact, build
from tidegate.deploy.failures import told
from tidegate.deploy.stacks import (
    DEAD,
    Resource,
    Say,
    Standing,
    check_ready,
    follow,
    resources,
    standing,
)
from tidegate.deploy.templates import ORDER, OWN, Template, stack_name, templates
from tidegate.deploy.uploading import bucket_of, built_in, make_bucket, upload
from tidegate.errors import DeployError, did_you_mean
from tidegate.settings import Settings

MOST_INLINE = 51_200
"""Bytes of a template that a request may hold; a larger one is read from S3."""
OF_ARTEFACTS = {"Artefacts", "ArtefactsBucket", "Release"}
"""The parameters that say where the artefacts are."""
SAME, CHANGED = "no change", "done"


@dataclass(frozen=True)
class Ask:
    """What is to be deployed, and who is asked and told.

    Attributes:
        env: the environment's name, e.g. ``dev``.
        only: one stack's concern, or all.
        parameters: values of templates' parameters, by name.
        artefacts: the folder of artefacts built before; by default they are built now.
        agree: shown a change set, says whether it is carried out.
        say: told each step.
    """

    env: str
    agree: Callable[[changes.ChangeSet], bool]
    say: Say
    only: str | None = None
    parameters: dict[str, str] = field(default_factory=dict)
    artefacts: Path | None = None


@dataclass
class Account:
    """Where a deployment goes.

    Attributes:
        config: how AWS is reached.
        number: the account's twelve digits.
        who: the ARN of who deploys.
    """

    config: AwsConfig
    number: str
    who: str


def account(config: AwsConfig) -> Account:
    """The account that the credentials are of.

    Raises:
        DeployError: there are no credentials, or AWS doesn't take them; or there is no such region.
    """
    if config.is_here:
        _check_region(config.region)
    with told(f"deploying to {config}"):
        found = config.client("sts").get_caller_identity()
    return Account(config, found["Account"], found["Arn"])


def _check_region(region: str) -> None:
    """Make sure that there is a region; of AWS the region's own address tells it."""
    from botocore.session import Session

    session = Session()
    partitions = session.get_available_partitions()
    known = [
        one for each in partitions for one in session.get_available_regions("cloudformation", each)
    ]
    if region not in known:
        raise DeployError(
            f'region "{region}": AWS has none of that name{did_you_mean(region, known)}'
        )


def everything(config: AwsConfig, env: str) -> list[Resource]:
    """What is in the stacks of an environment.

    Raises:
        DeployError: AWS refuses to say.
    """
    stacks = [stack_name(env, concern) for concern in ORDER]
    with told(f"the stacks of {env}"):
        there = [stack for stack in stacks if standing(config, stack)]
        return [one for stack in there for one in resources(config, stack)]


@dataclass
class Deployment:
    """One deployment on its way.

    Attributes:
        outputs: what the stacks so far put out, by name.
        done: what became of each stack, by its name.
    """

    settings: Settings
    account: Account
    ask: Ask
    outputs: dict[str, str] = field(default_factory=dict)
    done: dict[str, str] = field(default_factory=dict)
    _uploaded: dict[str, str] = field(default_factory=dict)

    def run(self) -> None:
        """Deploy each stack in order.

        Raises:
            DeployError: a stack can't be made or changed, or a change set was declined; the stacks
                before it stay as they are told.
        """
        chosen = templates(self.settings.project, self.ask.only)
        self._check_parameters(chosen)
        if any(one.parameters.keys() & OF_ARTEFACTS for one in chosen):
            _ = self._artefacts  # what can't be built is told before anything is changed
        deployed = {one.concern for one in chosen}
        for concern, command in OWN.items():
            if self.ask.only is None and concern not in deployed:
                self.ask.say(f"no infra/{concern}.yaml, so no stack {concern}: {command} writes it")
        for concern in ORDER:
            stack = stack_name(self.ask.env, concern)
            with told(f"stack {stack}"):
                mine = next((one for one in chosen if one.concern == concern), None)
                found = self._deploy(mine, stack) if mine else standing(self._config, stack)
            self.outputs |= found.outputs if found else {}

    @property
    def _config(self) -> AwsConfig:
        return self.account.config

    def _deploy(self, template: Template, stack: str) -> Standing:
        """Make or change one stack."""
        found = self._revived(stack)
        request = self._request(template, stack, found)
        change_set = changes.make(self._config, request)
        if change_set is None and found:
            self.done[stack] = SAME
            self.ask.say(f"{stack}: {SAME}")
            return found
        if change_set is None:
            raise DeployError(f"stack {stack}: its template holds nothing; give it a resource")
        if not self.ask.agree(change_set):
            changes.drop(self._config, change_set)
            raise DeployError(
                f"stack {stack} was declined: it is as it was, and so are the stacks after it;"
                " deploy again to go on from there"
            )
        changed = changes.carry_out(self._config, change_set, self.ask.say)
        self.done[stack] = CHANGED
        self.ask.say(f"{stack}: {changed.status}")
        return changed

    def _revived(self, stack: str) -> Standing | None:
        """Where a stack stands, after one of which nothing is left was deleted."""
        found = standing(self._config, stack)
        if found is None:
            return None
        if found.status == "REVIEW_IN_PROGRESS":  # change sets that nobody has carried out
            return None
        check_ready(stack, found)
        if found.status not in DEAD:
            return found
        self.ask.say(f"{stack} is in {found.status}: it is deleted and made again")
        client = self._config.client("cloudformation")
        follow(self._config, stack, lambda: client.delete_stack(StackName=stack), self.ask.say)
        return None

    def _request(self, template: Template, stack: str, found: Standing | None) -> dict[str, Any]:
        """The arguments of CreateChangeSet."""
        text = self._text(template)
        client = self._config.client("cloudformation")
        summary = client.get_template_summary(**text)
        return text | {
            "StackName": stack,
            "ChangeSetName": f"deploy-{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%S%f}",
            "ChangeSetType": "UPDATE" if found else "CREATE",
            "Capabilities": ["CAPABILITY_NAMED_IAM"],
            "Parameters": self._parameters(template, summary.get("Parameters", []), found),
            "Tags": [{"Key": "tidegate:environment", "Value": self.ask.env}],
            # What an earlier stack kept when it was deleted comes back into this one.
            "ImportExistingResources": True,
        }

    def _text(self, template: Template) -> dict[str, str]:
        """A template as a request takes it."""
        if len(template.text.encode()) <= MOST_INLINE:
            return {"TemplateBody": template.text}
        _, _, rest = self._artefact("Artefacts").partition("s3://")
        bucket, _, release = rest.partition("/")
        key = f"{release}/infra/{template.concern}.yaml"
        self._config.client("s3").put_object(Bucket=bucket, Key=key, Body=template.text.encode())
        region = self._config.region
        domain = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
        return {"TemplateURL": f"https://s3.{region}.{domain}/{bucket}/{key}"}

    def _parameters(
        self, template: Template, declared: list[dict[str, Any]], found: Standing | None
    ) -> list[dict[str, Any]]:
        """A template's parameters: given, of the environment, an earlier output, or as before."""
        chosen = []
        for one in declared:
            name = one["ParameterKey"]
            if (value := self._value(name)) is not None:
                chosen.append({"ParameterKey": name, "ParameterValue": value})
            elif found and name in found.parameters:
                chosen.append({"ParameterKey": name, "UsePreviousValue": True})
            elif one.get("DefaultValue") is None:
                raise DeployError(
                    f'stack {template.concern} takes a parameter "{name}", which no stack before it'
                    f" puts out; deploy all stacks, or give it: --parameter {name}=…"
                )
        return chosen

    def _value(self, name: str) -> str | None:
        if name in self.ask.parameters:
            return self.ask.parameters[name]
        if name == "Env":
            return self.ask.env
        if name in OF_ARTEFACTS:
            return self._artefact(name)
        return self.outputs.get(name)

    def _artefact(self, name: str) -> str:
        """Where the artefacts are; the first time they are built and uploaded."""
        if not self._uploaded:
            bucket = self.outputs.get("ArtefactsBucket")
            if bucket is None:
                bucket = bucket_of(self.ask.env, self.account.number, self._config.region)
                make_bucket(self._config, bucket, self.ask.say)
            address = upload(self._config, bucket, self._artefacts, self.ask.say)
            release = address.rpartition("/")[2]
            self._uploaded |= {"Artefacts": address, "ArtefactsBucket": bucket, "Release": release}
        return self._uploaded[name]

    @cached_property
    def _artefacts(self) -> list[Artefact]:
        """What is uploaded: what was built, and what each flow's state machine does."""
        project, folder = self.settings.project, self.ask.artefacts
        if folder is None:
            built = build(project, self.settings.state / "deploy")
        elif not (built := built_in(folder)):
            raise DeployError(f"{folder}: no artefact in it; tidegate package --to {folder}")
        return [*built, *built_in(project / "infra" / "flows", "flows/")]

    def _check_parameters(self, chosen: list[Template]) -> None:
        """Make sure that each given parameter is one of a template's, and may be what it is."""
        known = {name for one in chosen for name in one.parameters}
        for name in self.ask.parameters:
            if name not in known:
                hint = did_you_mean(name, sorted(known))
                raise DeployError(f'no template takes a parameter "{name}"{hint}')
        for name, value in (self.ask.parameters | {"Env": self.ask.env}).items():
            for one in chosen:
                parameter = one.parameters.get(name)
                if parameter and (instead := parameter.refusal(value)):
                    what = "--env" if name == "Env" else f"--parameter {name}"
                    raise DeployError(f'{what} "{value}": stack {one.concern} {instead}')

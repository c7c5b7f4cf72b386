"""Settings: a flag, then ``TIDEGATE_*``, then ``tidegate.toml``, then the default.

This is the one place they are named.
"""

import re
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)
from pydantic_settings import SettingsError as SourceError

from tidegate.errors import ProjectError, SettingsError, did_you_mean

FILE = "tidegate.toml"
SECRET = "secretsmanager:"
"""What a setting begins with that names a secret of AWS Secrets Manager."""
FLAGS = ("project", "warehouse", "endpoint")
"""The settings that every command has a flag for."""


class Settings(BaseSettings):
    """What a deployment may choose. ``load_settings`` makes one, and the engine is handed it."""

    model_config = SettingsConfigDict(env_prefix="TIDEGATE_", frozen=True, extra="forbid")

    project: Path = Field(
        description="the folder that holds contracts/, jobs/, pipelines/ and sql/"
    )
    catalog: Literal["sqlite", "glue"] = Field(
        "sqlite", description="where Iceberg keeps its tables' names"
    )
    warehouse: str = Field(
        "", description="the lake: a folder, or s3://bucket/prefix (default .tidegate/lake)"
    )
    database_prefix: str = Field("", description="put before each database's name, e.g. dev_")
    endpoint: str = Field(
        "local", description="local (tidegate local start), aws, or the address of an endpoint"
    )
    region: str = Field("us-east-1", description="the AWS region of the stream and the catalog")
    streams: dict[str, str] = Field(
        default_factory=dict, description="a stream for a source, where it isn't its contract's"
    )
    queues: dict[str, str] = Field(
        default_factory=dict,
        description="a queue of new files for a source, where it isn't its contract's; where the"
        " contract has a stream too, the files are landed",
    )
    locations: dict[str, str] = Field(
        default_factory=dict,
        description="where a source's files are, s3://bucket/folder, if not as in its contract",
    )
    alert_topic: str = Field(
        "", description="the SNS topic (ARN) that alerts go to; none by default"
    )
    alert_bus: str = Field(
        "", description="the EventBridge bus (name or ARN) that verdicts go to; none by default"
    )
    metrics: Literal["none", "cloudwatch"] = Field(
        "none", description="where the figures of each stage go; cloudwatch: to the output, as JSON"
    )
    environment: str = Field("dev", description="the deployment that figures are of")
    personal_key: SecretStr = Field(
        SecretStr(""),
        description="what personal columns are hashed with: secretsmanager:NAME, or the key itself"
        " (in the environment only)",
    )
    athena_workgroup: str = Field("primary", description="the workgroup that Athena is asked in")
    athena_results: str = Field(
        "", description="where Athena puts results (s3://…); by default the workgroup's place"
    )
    redshift_workgroup: str = Field("", description="the workgroup of Redshift Serverless")
    redshift_cluster: str = Field("", description="the Redshift cluster, where it isn't serverless")
    redshift_database: str = Field("dev", description="Redshift's database")
    redshift_readers: str = Field(
        "",
        description="Redshift's role of the analysts, who read schema analytics and no other; it is"
        " granted that by tidegate serve install",
    )
    reference: str = Field("reference", description="the folder of the reference tables' files")
    land_records: int = Field(200_000, gt=0, description="records a shard, at most, in one landing")
    land_file_bytes: int = Field(
        4_294_967_296, gt=0, description="bytes of a dropped file, packed or not, at most"
    )
    query_seconds: int = Field(
        1800, gt=0, description="seconds a query may take at the local endpoint, as at AWS'"
    )
    spark_master: str = Field(
        "local[*]", description="Spark's master, where spark-submit doesn't say"
    )
    spark_memory: str = Field("4g", description="the driver's memory on a laptop")

    @property
    def state(self) -> Path:
        """The folder for what a machine keeps beside the project: lake, logs, endpoint."""
        return self.project / ".tidegate"

    @property
    def lake(self) -> str:
        """The warehouse's address: an absolute folder, or an ``s3://`` address."""
        if "://" in self.warehouse:
            return self.warehouse.rstrip("/")
        return str((self.project / (self.warehouse or ".tidegate/lake")).resolve())

    @property
    def reference_folder(self) -> Path:
        """The folder of the reference tables' files."""
        return self.project / self.reference

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Flags first, then the environment, then the project's file."""
        flags = init_settings()
        file = Path(flags["project"]) / FILE
        return init_settings, env_settings, _File(settings_cls, file)


class _File(TomlConfigSettingsSource):
    """The project's file, which is in everyone's hands: it names a secret and holds none."""

    def __call__(self) -> dict[str, Any]:
        given = super().__call__()
        if not str(given.get("personal_key", SECRET)).startswith(SECRET):
            raise SettingsError(
                f"{FILE}: personal_key holds a key; keep it in AWS Secrets Manager"
                f" ({SECRET}NAME) or in TIDEGATE_PERSONAL_KEY"
            )
        return given


def find_project(start: Path) -> Path:
    """The project that holds a folder: the nearest upwards with ``contracts/`` or the file in it.

    Raises:
        ProjectError: there is none.
    """
    for folder in [start.resolve(), *start.resolve().parents]:
        if (folder / "contracts").is_dir() or (folder / FILE).is_file():
            return folder
    raise ProjectError(
        f"{start}: no project here or above it (a folder with contracts/ in it);"
        " go to one, or name it with --project"
    )


def load_settings(project: Path | None = None, **flags: Any) -> Settings:
    """The settings of a project; a flag that is None counts as not given.

    Raises:
        ProjectError: no project was named and none holds the current folder.
        SettingsError: a setting is unknown or has a wrong value.
    """
    folder = project if project else find_project(Path.cwd())
    if not folder.is_dir():
        raise ProjectError(f"{folder}: no such folder; name a project with --project")
    given = {name: value for name, value in flags.items() if value is not None}
    try:
        return Settings(project=folder.resolve(), **given)
    except ValidationError as error:
        raise SettingsError(_in_words(error, folder)) from None
    except SourceError as error:  # a variable that should be JSON and isn't
        name = re.search(r'field "(\w+)"', str(error))
        told = f"TIDEGATE_{name[1].upper()}" if name else str(error)
        raise SettingsError(
            f'{told} isn\'t JSON; expected e.g. {{"github": "my-stream"}}'
        ) from None
    except ValueError as error:  # what the TOML reader raises
        raise SettingsError(f"{folder / FILE}: {error}") from None


def _in_words(error: ValidationError, folder: Path) -> str:
    """One line a wrong setting: its name, what was found, what was expected, where it is set."""
    lines = []
    for problem in error.errors():
        name = str(problem["loc"][0])
        if problem["type"] == "extra_forbidden":
            hint = did_you_mean(name, list(Settings.model_fields))
            lines.append(f'{folder / FILE}: unknown setting "{name}"{hint}')
        else:
            lines.append(
                f'setting "{name}" is {problem["input"]!r}: {problem["msg"]}'
                f" ({_places(name)} or {folder / FILE})"
            )
    return "\n".join(lines)


def _places(name: str) -> str:
    """Where a setting can be given, but for the project's file."""
    flag = f"--{name}, " if name in FLAGS else ""
    return f"{flag}TIDEGATE_{name.upper()}"

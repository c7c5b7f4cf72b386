"""The project of ``examples/sources``, with a bucket, its queues and an empty lake of its own."""

import json
import shutil
from pathlib import Path
from typing import Any

from tests.conftest import REPOSITORY
from tests.lake_of_a_test import LakeOfATest
from tests.land.dropping import Drops
from tidegate.settings import Settings

SOURCES = REPOSITORY / "examples" / "sources"
HEADER = "order,at,customer,cents\n"


def orders(*names: str, cents: int = 100) -> bytes:
    """A CSV file of orders."""
    rows = (f"{name},2015-01-01T10:00:00Z,ann,{cents}\n" for name in names)
    return (HEADER + "".join(rows)).encode()


def line(name: str, **changes: Any) -> bytes:
    """An order as a line of JSON."""
    told = {"order": name, "at": "2015-01-01T10:00:00Z", "customer": "ann", "cents": 100, **changes}
    return json.dumps(told).encode() + b"\n"


def copy_project(folder: Path, form: str = "csv") -> Path:
    """The example's files, its orders in another format."""
    shutil.copytree(SOURCES, folder, dirs_exist_ok=True)
    contract = folder / "contracts" / "raw.orders.yaml"
    text = contract.read_text()
    if form != "csv":
        text = text.replace("format: csv", f"format: {form}")
        text = text.replace("      - {property: jsonColumns, value: [cents]}\n", "")
    contract.write_text(text)
    return folder


class Shop(LakeOfATest):
    """A lake that lands the orders dropped into a bucket."""

    def __init__(self, spark: Any, settings: Settings, drops: Drops) -> None:
        super().__init__(spark, settings)
        self.drops = drops

    def run_flow(self) -> Any:
        """Land and clean; back come the two stages' reports."""
        return self.flow("orders").stages

    def land_files(self) -> Any:
        """Land alone."""
        from tidegate.flow import land

        return self._stage(land("raw.orders"))

    def cleaned(self) -> list[tuple[Any, ...]]:
        return self.rows("clean.orders", "order_id", "cents")

    def environment(self) -> dict[str, str]:
        settings = self.settings
        return super().environment() | {
            "TIDEGATE_QUEUES": json.dumps(settings.queues),
            "TIDEGATE_LOCATIONS": json.dumps(settings.locations),
        }


def make_shop(
    lake: LakeOfATest, drops: Drops, project: Path, address: str, **settings: Any
) -> Shop:
    update = {
        "project": project,
        "endpoint": address,
        "locations": {"orders": f"s3://{drops.name}/in"},
        "queues": {"orders": drops.name},
        **settings,
    }
    return Shop(lake.spark, lake.settings.model_copy(update=update), drops)

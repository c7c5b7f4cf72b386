"""A shop that is small enough for quick tests, and has all that the generator makes happen."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest

from tidegate.generate.storefront import Made, generate

START = dt.date(2026, 3, 2)
Make = Callable[..., Made]


@pytest.fixture(scope="session")
def make() -> Make:
    """Makes a shop in a folder: ``make(folder, days=3, visitors=40)``."""

    def made(folder: Path, days: int = 3, visitors: int = 40, seed: int = 1) -> Made:
        return generate(folder, start=START, days=days, visitors=visitors, seed=seed)

    return made


@pytest.fixture(scope="session")
def shop(make: Make, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three weeks of four hundred visitors."""
    folder = tmp_path_factory.mktemp("shop")
    make(folder, days=20, visitors=400, seed=7)
    return folder

"""Real Chromium, a shop's page that has the sender, and a collector that can be killed."""

import importlib
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.browser.collector import Collector
from tests.browser.page import Page
from tests.conftest import REPOSITORY
from tidegate.aws import AwsConfig

FETCHED = Path(os.environ.get("TIDEGATE_BROWSER", REPOSITORY / ".browser"))
SENDER = REPOSITORY / "tidegate" / "collect" / "sender.min.js"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Asks the package for the Chromium that it carries, which it unpacks.
CARRIED = (
    "import('@sparticuz/chromium')"
    ".then(async ({default: it}) => console.log(await it.executablePath()))"
)
FLAGS = ["--no-sandbox", "--host-resolver-rules=MAP shop.test 127.0.0.1"]


@pytest.fixture(scope="session")
def fetched() -> Path:
    """What ``make test-browser`` has fetched."""
    if not FETCHED.exists():
        pytest.skip("make test-browser fetches what drives Chromium first")
    return FETCHED


@pytest.fixture(scope="session")
def chromium(fetched: Path) -> Path:
    """A Chromium: the one named by ``TIDEGATE_CHROMIUM``, one on the PATH, or npm's."""
    named = os.environ.get("TIDEGATE_CHROMIUM")
    found = named or next(filter(None, map(shutil.which, NAMES)), None)
    if not found:
        asked = subprocess.run(
            ["node", "-e", CARRIED], cwd=fetched, capture_output=True, text=True, check=False
        )
        found = asked.stdout.strip()
    if not found or subprocess.run([found, "--version"], check=False).returncode:
        pytest.skip(
            "no Chromium runs here, neither one of the PATH nor that of npm's @sparticuz/chromium;"
            " install Debian's package chromium, or name one in TIDEGATE_CHROMIUM"
        )
    return Path(found)


@pytest.fixture(scope="session")
def driver(fetched: Path) -> Iterator[Any]:
    """Playwright."""
    sys.path.append(str(fetched / "python"))
    try:
        sync_api = importlib.import_module("playwright.sync_api")
    finally:
        sys.path.pop()
    with sync_api.sync_playwright() as started:
        yield started.chromium


@pytest.fixture(scope="session")
def browser(driver: Any, chromium: Path) -> Iterator[Any]:
    """A running Chromium."""
    with driver.launch(executable_path=chromium, args=FLAGS) as started:
        yield started


@pytest.fixture
def open_profile(driver: Any, chromium: Path, tmp_path: Path) -> Callable[[], Any]:
    """Starts a Chromium whose storage is still there the next time."""
    profile = tmp_path / "profile"
    return lambda: driver.launch_persistent_context(profile, executable_path=chromium, args=FLAGS)


class _Shop(SimpleHTTPRequestHandler):
    """The files of ``pages/``, and the sender."""

    def translate_path(self, path: str) -> str:
        return str(SENDER) if path == "/sender.js" else super().translate_path(path)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="session")
def shop() -> Iterator[str]:
    """The address of a shop's page: another origin than the collector's."""
    folder = Path(__file__).parent / "pages"
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Shop, directory=folder)) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def collector(
    tmp_path: Path, aws: AwsConfig, make_stream: Callable[..., str]
) -> Iterator[Collector]:
    """A collector with a stream of its own, running."""
    with Collector(tmp_path, aws, make_stream(shards=2)) as running:
        yield running


@pytest.fixture
def visit(browser: Any, shop: str, collector: Collector) -> Iterator[Callable[..., Page]]:
    """Opens the shop's page in a tab, with a sender to the collector."""
    context = browser.new_context()

    def open_page(in_: Any = context, origin: str = shop, **options: Any) -> Page:
        page = Page(in_.new_page(), origin)
        page.open(collector.address, **options)
        return page

    open_page.context = context
    yield open_page
    context.close()

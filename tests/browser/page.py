"""A shop's page in a tab of Chromium."""

import json
import time
from typing import Any

KEY = "a-key-of-the-shop"


class Page:
    """A tab, and what its script made.

    Attributes:
        tab: Playwright's page.
        answers: of each request that the collector has answered, the second it began in, the one
            it was answered in, and the answer's status and headers.
    """

    def __init__(self, tab: Any, shop: str) -> None:
        self.tab, self._shop = tab, shop
        self._begin = ""
        self.answers: list[tuple[float, float, int, dict[str, str]]] = []
        tab.on("response", self._answered)

    def open(self, collector: str, **options: Any) -> None:
        """Open the page with a sender to a collector."""
        self._begin = f"begin({json.dumps(collector)}, {json.dumps({'key': KEY} | options)})"
        self.tab.goto(self._shop)
        self.tab.evaluate(self._begin)

    def sandboxed(self) -> Any:
        """The same page in a frame that has no origin, and so no storage and no locks."""
        self.tab.evaluate(
            """() => new Promise(loaded => {
                const frame = document.createElement("iframe");
                Object.assign(frame, {src: "/", sandbox: "allow-scripts", onload: loaded});
                document.body.append(frame);
            }).then(() => 0)"""
        )
        frame = self.tab.frames[-1]
        frame.evaluate(self._begin)
        return frame

    def reload(self) -> None:
        """Have the browser load the page again; what it knew is gone."""
        self.tab.reload()
        self.tab.evaluate(self._begin)

    def send(self, count: int, **more: Any) -> set[str]:
        """Make events, and hand them to the sender.

        Returns:
            The ids of all that it has taken since the page was loaded.
        """
        self.tab.evaluate("([count, more]) => send(count, more)", [count, more])
        return self.made

    def send_every(self, milliseconds: int) -> None:
        """Make an event now and now, until the page is closed or told to stop."""
        self.tab.evaluate(f"window.making = setInterval(() => send(1), {milliseconds}); 0")

    def stop(self) -> None:
        """Make no more."""
        self.tab.evaluate("clearInterval(making)")

    @property
    def made(self) -> set[str]:
        return set(self.tab.evaluate("made"))

    @property
    def refused(self) -> list[Any]:
        """The number and reason of each event that won't be sent."""
        return self.tab.evaluate("refused")

    def told(self, of: str) -> Any:
        """A property of the sender."""
        return self.tab.evaluate(f"sender.{of}")

    def wait_until_sent(self, seconds: float = 30) -> None:
        """Wait until the sender's queue is empty."""
        end = time.monotonic() + seconds
        while queued := self.told("queued"):
            assert time.monotonic() < end, f"{queued} events are still queued"
            time.sleep(0.05)

    def _answered(self, response: Any) -> None:
        if "/events/" in response.url:
            timing = response.request.timing
            begun = timing["startTime"] / 1000
            answered = begun + timing["responseStart"] / 1000
            self.answers.append((begun, answered, response.status, response.headers))

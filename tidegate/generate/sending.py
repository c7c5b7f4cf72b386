"""From events to the lines of a stream, and what goes wrong on the way, each fault by its name."""

import random
from typing import NamedTuple

from tidegate.generate.shop import DAY, HOUR, MINUTE, SECOND, Shop
from tidegate.generate.visits import OLD_APP, Event, Visit, Visitor

LATE = HOUR
"""So long after it happened an event is late."""
SKEW = 5 * MINUTE
"""So far a device's clock may be ahead."""

# The shares of lines that something happens to, and below them of purchases and of visits.
BROKEN = 0.001
MISSING = 0.002
TWICE = 0.01
PRICE_AS_TEXT = 0.02
OFFLINE = 0.02
WRONG_CLOCK = 0.004

# How an app names what every event has, in an old version and in those after it.
OLD_FORMS = ('"id":"%s"', '"event":"%s"', '"ts":"%s"', '"user":"%s"')
FORMS = ('"event_id":"%s"', '"type":"%s"', '"at":"%s"', '"visitor":{"id":"%s"}')
# The columns these become.
COLUMNS = ("event_id", "event_type", "event_time", "visitor_id")


class Fault(NamedTuple):
    """What happened to a line.

    Attributes:
        name: the fault, e.g. ``field_missing``.
        found: where it is to be found: ``quarantine``, ``duplicate`` or ``late``.
        rule: for what is refused, the rule that says why.
    """

    name: str
    found: str
    rule: str = ""


BROKEN_JSON = Fault("broken_json", "quarantine", "payload_not_json")
TEXT_FOR_A_PRICE = Fault("price_as_text", "quarantine", "unit_price_wrong_type")
CLOCK_AHEAD = Fault("clock_ahead", "quarantine", "event_time_in_future")
FIELD_MISSING = tuple(Fault("field_missing", "quarantine", f"{name}_missing") for name in COLUMNS)
SENT_TWICE = Fault("sent_twice", "duplicate")
SENT_LATE = Fault("sent_late", "late")


class Line(NamedTuple):
    """One line of the stream.

    Attributes:
        delivered: when it reached the stream, in milliseconds since the shop's first midnight.
        visitor: whose it is.
        event: the event's id.
        fault: what happened to it, if anything did.
        text: the line, without its newline.
    """

    delivered: int
    visitor: str
    event: str
    fault: Fault | None
    text: str


class Sending:
    """Sends visitors' events, the same way for the same seed."""

    def __init__(self, shop: Shop, seed: int) -> None:
        self.shop = shop
        self.seed = seed

    def send(self, visitor: Visitor) -> tuple[list[Line], list[Event]]:
        """A visitor's lines, and those of its events that pass every rule, each once."""
        chance = random.Random(f"{self.seed} {visitor.id}")
        draw = chance.random
        lines: list[Line] = []
        kept: list[Event] = []
        visit: Visit | None = None
        clock = delay = 0
        shared, forms = "", FORMS
        for event in visitor.events:
            if event.visit is not visit:
                visit = event.visit
                shared = _shared(visit)
                forms = OLD_FORMS if visit.device.app == OLD_APP else FORMS
                delay = int(draw() ** 3 * 3 * DAY) if draw() < OFFLINE else 0
                clock = chance.randrange(-2 * DAY, 2 * DAY) if draw() < WRONG_CLOCK else 0
            received = (
                event.at + int(draw() * 3 * SECOND) + (0 if event.kind == "refund" else delay)
            )
            # The shop's own clock, which is right, tells when an order was made.
            if clock and event.order is None and 0 <= event.at + clock < self.shop.days * DAY:
                event = event._replace(at=event.at + clock)
            fault = _fault(chance, event, received)
            text = self._text(visitor, event, received, shared, forms, fault)
            if fault is BROKEN_JSON:
                text = text[: 1 + int(draw() * (len(text) - 1))]
            name = f"{visitor.id}-{event.number}"
            lines.append(Line(received, visitor.id, name, fault, text))
            if fault is None or fault is SENT_LATE:
                kept.append(event)
                if draw() < TWICE:
                    again = received + 1 + int(draw() ** 4 * 2 * DAY)
                    lines.append(Line(again, visitor.id, name, SENT_TWICE, text))
        return lines, kept

    def _text(
        self,
        visitor: Visitor,
        event: Event,
        received: int,
        shared: str,
        forms: tuple[str, ...],
        fault: Fault | None,
    ) -> str:
        """An event as the app sends it."""
        values = (
            f"{visitor.id}-{event.number}",
            event.kind,
            self.shop.time(event.at),
            visitor.id,
        )
        parts = [form % value for form, value in zip(forms, values, strict=True)]
        if fault in FIELD_MISSING:
            del parts[FIELD_MISSING.index(fault)]
        parts.append(f'"received_at":"{self.shop.time(received)}"')
        parts.append(shared)
        if event.kind == "search":
            parts.append(f'"page":"/search","query":"{event.page}"')
        else:
            parts.append(f'"page":"{event.page}"')
        if event.product is not None:
            parts.append(f'"sku":"{self.shop.skus[event.product]}"')
        if event.quantity:
            parts.append(f'"quantity":{event.quantity}')
        if event.order:
            price = f'"{event.price}"' if fault is TEXT_FOR_A_PRICE else str(event.price)
            parts.append(
                f'"order_id":"{event.order}","unit_price":{price},"currency":"{visitor.currency}"'
            )
        if event.kind == "refund":
            parts.append(f'"ordered_on":"{self.shop.dates[event.ordered]}"')
        if event.kind == "sign_up":
            parts.append(f'"email":"{event.visit.email}"')
        return "{" + ",".join(parts) + "}"


def _shared(visit: Visit) -> str:
    """What every event of a visit says."""
    device = visit.device
    said = (
        f'"device":{{"id":"{device.id}","kind":"{device.kind}","app":"{device.app}",'
        f'"user_agent":"{device.agent}"}},"ip":"{visit.ip}"'
    )
    return said + (f',"campaign":"{visit.campaign}"' if visit.campaign else "")


def _fault(chance: random.Random, event: Event, received: int) -> Fault | None:
    if event.at > received + SKEW:
        return CLOCK_AHEAD
    drawn = chance.random()
    if drawn < BROKEN:
        return BROKEN_JSON
    if drawn < BROKEN + MISSING:
        return chance.choice(FIELD_MISSING)
    if event.kind == "purchase" and drawn > 1 - PRICE_AS_TEXT:
        return TEXT_FOR_A_PRICE
    return SENT_LATE if received - event.at >= LATE else None

"""From events to the lines of a stream, and what goes wrong on the way, each fault by its name."""

import json
from typing import NamedTuple, TypeAlias

from tidegate.generate.acts import BYTES, Act
from tidegate.generate.shop import DAY, HOUR, MINUTE, SECOND, Draw, Shop, pick
from tidegate.generate.visits import OLD_APP, Event, Visit, Visitor

LATE = HOUR
"""So long after it happened an event is late."""
SKEW = 5 * MINUTE
"""So far a device's clock may be ahead."""
ON_THE_WAY = 3 * SECOND
"""An event takes less to the stream, where all is well."""

# The shares of lines that something happens to, the third of purchases only, and of visits.
BROKEN = 0.001
MISSING = 0.002
PRICE_AS_TEXT = 0.02
TWICE = 0.01
OFFLINE = 0.02
WRONG_CLOCK = 0.008

# How far a visit's events may be late, its device's clock off, and a second line behind the first.
LONGEST_OFFLINE = 3 * DAY
CLOCK_OFF = 2 * DAY
AGAIN = 2 * DAY


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
# Of the columns that a line's first fields become, in their order.
FIELD_MISSING = tuple(
    Fault("field_missing", "quarantine", f"{column}_missing")
    for column in ("event_id", "event_type", "event_time", "visitor_id")
)
SENT_TWICE = Fault("sent_twice", "duplicate")
SENT_LATE = Fault("sent_late", "late")
CLOCK_BEHIND = Fault("clock_behind", "late")

Line: TypeAlias = tuple[int, str]
"""One line of the stream, often made and so a plain tuple:

- when it reached the stream, in milliseconds since the shop's first midnight;
- a text that sorts by that time: ``DIGITS``, and the line, a character a byte, without its newline.
  Where something happened to it, there follow its event's id and the fault's name, place and rule,
  each behind ``FAULT``.
"""

_FIRST = 10**13
"""Added to a time, it makes a number of as many digits of all in three centuries."""
DIGITS = len(str(_FIRST))
FAULT = "\t"


class _Way(NamedTuple):
    """How a visit's events reach the stream.

    Attributes:
        id_is: what a line says before its event's number.
        type_is: before what was done.
        at_is: before when.
        received_is: before when it was received.
        rest: what it says after them, up to what was done.
        delay: milliseconds that they wait before they are sent.
        clock: milliseconds that their device's clock is off.
    """

    id_is: str
    type_is: str
    at_is: str
    received_is: str
    rest: str
    delay: int
    clock: int


class Sending:
    """Sends visitors' events."""

    def __init__(self, shop: Shop) -> None:
        self.time = shop.time
        self.end = shop.days * DAY

    def send(self, visitor: Visitor, draw: Draw) -> tuple[list[Line], list[Event]]:
        """A visitor's lines, and those of its events that pass every rule, each once."""
        time, end = self.time, self.end
        lines: list[Line] = []
        kept: list[Event] = []
        before: Visit | None = None
        for event in visitor.events:
            at, number, act, visit, sale = event
            if visit is not before:
                before = visit
                id_is, type_is, at_is, received_is, rest, delay, clock = _way(visitor, visit, draw)
            received = at + int(draw() * ON_THE_WAY)
            if delay and act.kind != "refund":
                received += delay
            # The shop's own clock, which is right, tells when an order was made.
            off = clock if clock and not sale and 0 <= at + clock < end else 0
            if off:
                at += off
                event = at, number, act, visit, sale
            line = (
                f"{_FIRST + received}{id_is}{number}{type_is}{act.kind}{at_is}{time(at)}"
                f"{received_is}{time(received)}{rest}{act.said}{sale.said if sale else ''}}}"
            )
            drawn = draw()
            if drawn > _FAULTY and -SKEW <= received - at < LATE:
                kept.append(event)
                lines.append((received, line))
                continue
            fault = _fault(drawn, draw, act, received - at, off)
            name = f"{visitor.id}-{number}"
            lines.append((received, _with(line, name, fault, draw)))
            if fault is None or fault.found == "late":
                kept.append(event)
                if _UP_TO_PRICE <= drawn < _FAULTY:
                    lines.append(_again(received, line, name, draw))
        return lines, kept


# What is drawn once for a line: below these, one after another, it has a fault.
_UP_TO_MISSING = BROKEN + MISSING
_UP_TO_PRICE = _UP_TO_MISSING + PRICE_AS_TEXT
_FAULTY = _UP_TO_PRICE + TWICE


def _way(visitor: Visitor, visit: Visit, draw: Draw) -> _Way:
    """How a visit's events are sent: in its app's words, late at times, or by a wrong clock."""
    device = visit.device
    rest = (
        f'","device":{{"id":"{device.id}","kind":"{device.kind}","app":"{device.app}",'
        f'"user_agent":"{device.agent}"}},"ip":"{visit.ip}",'
    )
    if visit.campaign:
        rest += f'"campaign":"{visit.campaign}",'
    delay = int(draw() * draw() * draw() * LONGEST_OFFLINE) if draw() < OFFLINE else 0
    clock = int((2 * draw() - 1) * CLOCK_OFF) if draw() < WRONG_CLOCK else 0
    if device.app == OLD_APP:
        words = "id", "event", "ts", f'"user":"{visitor.id}"'
    else:
        words = "event_id", "type", "at", f'"visitor":{{"id":"{visitor.id}"}}'
    id_, type_, at, whose = words
    return _Way(
        f'{{"{id_}":"{visitor.id}-',
        f'","{type_}":"',
        f'","{at}":"',
        f'",{whose},"received_at":"',
        rest,
        delay,
        clock,
    )


def _fault(drawn: float, draw: Draw, act: Act, underway: int, off: int) -> Fault | None:
    """What happens to a line, so long underway by a clock that is so far off."""
    if underway < -SKEW:
        return CLOCK_AHEAD
    if drawn < BROKEN:
        return BROKEN_JSON
    if drawn < _UP_TO_MISSING:
        return pick(draw, FIELD_MISSING)
    if drawn < _UP_TO_PRICE and act.kind == "purchase":
        return TEXT_FOR_A_PRICE
    if underway >= LATE:
        return CLOCK_BEHIND if off else SENT_LATE
    return None


def _with(line: str, event: str, fault: Fault | None, draw: Draw) -> str:
    """A line as a fault leaves it, with what happened to which event."""
    if fault is None:
        return line
    key, text = line[:DIGITS], line[DIGITS:]
    if fault is BROKEN_JSON:
        whole = text.encode(BYTES).decode()
        text = whole[: 1 + int(draw() * (len(whole) - 1))].encode().decode(BYTES)
    elif fault is TEXT_FOR_A_PRICE or fault in FIELD_MISSING:
        text = _changed(text, fault)
    return FAULT.join((key + text, event, *fault))


def _again(received: int, line: str, event: str, draw: Draw) -> Line:
    """A line that is sent once more, up to days after the first."""
    again = received + 1 + int(draw() * draw() * draw() * AGAIN)
    return again, _with(f"{_FIRST + again}{line[DIGITS:]}", event, SENT_TWICE, draw)


def _changed(text: str, fault: Fault) -> str:
    said = json.loads(text)
    if fault is TEXT_FOR_A_PRICE:
        said["unit_price"] = str(said["unit_price"])
    else:
        del said[list(said)[FIELD_MISSING.index(fault)]]
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))

"""What a gate says: plain, so that whoever only reports a verdict needn't load what judges."""

from dataclasses import dataclass
from typing import Any

from tidegate.contract import Rule, Severity

PASS, WARN, BLOCK = "pass", "warn", "block"


@dataclass(frozen=True)
class Broken:
    """A table rule that didn't hold.

    Attributes:
        rule: the rule.
        rows: how many rows break it; 0 for a rule about the rows together.
        told: what was found, in words: the share of rows, the value observed, or why it could not
            be judged.
        examples: keys of rows that break it, ``column=value``, at most three.
        judged: whether it could be judged at all; what could not never passes.
    """

    rule: Rule
    rows: int
    told: str
    examples: tuple[str, ...] = ()
    judged: bool = True

    @property
    def blocks(self) -> bool:
        """Whether it keeps the result from its readers."""
        return self.rule.severity is Severity.BLOCK or not self.judged


@dataclass(frozen=True)
class Verdict:
    """What the gate says of a run's rows.

    Attributes:
        word: pass, warn or block.
        broken: the rules that don't hold, blocking ones first.
        result: Great Expectations' own validation result (``ExpectationSuiteValidationResult``).
    """

    word: str
    broken: tuple[Broken, ...]
    result: Any

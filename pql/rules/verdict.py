"""What came of a rule, and of each of its tests."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pql.definitions.model import State


@dataclass(frozen=True)
class TestResult:
    """One test: what was asked, what was found, and how much is lacking.

    `threshold` is the resolved one: a benchmark's number, `None` where the benchmark is unknown;
    `threshold_text` is how the definition names it. `missing` is how far a number is from its
    threshold, `None` where the test is met or unknown or not about numbers.
    """

    subject: str
    name: str
    comparison: str
    threshold: object
    threshold_text: str
    value: object
    state: State
    missing: float | None
    sentence: str

    @cached_property
    def document(self) -> Mapping[str, Any]:
        """The result as JSON can hold it; "never" stands for an infinite value. Not to be changed:

        results are shared by the accounts that have the same value.
        """
        return {
            "subject": self.subject,
            "name": self.name,
            "comparison": self.comparison,
            "threshold": _storable(self.threshold),
            "threshold_text": self.threshold_text,
            "value": _storable(self.value),
            "state": self.state.value,
            "missing": self.missing,
            "sentence": self.sentence,
        }


@dataclass(frozen=True, slots=True)
class Verdict:
    """The state of a whole rule and of its tests, in the order in which they are written."""

    state: State
    tests: tuple[TestResult, ...]

    def as_document(self) -> dict[str, Any]:
        """The verdict as JSON can hold it."""
        return {"state": self.state.value, "tests": [test.document for test in self.tests]}


def _storable(value: object) -> object:
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else "never"
    if isinstance(value, tuple | list | set | frozenset):
        return [_storable(entry) for entry in value]
    if isinstance(value, Mapping):
        return {str(key): _storable(entry) for key, entry in value.items()}
    return value

"""How large an account can become: large, medium or small, as far as its people and traits tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pql.definitions.model import Rule, State
from pql.rules import Facts, TestResult, evaluate

SMALLEST = "small"
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Potential:
    """`possible` are the levels that what is known leaves open; a single one is the level."""

    possible: frozenset[str]
    tests: tuple[TestResult, ...]

    @property
    def level(self) -> str:
        """The level, or `unknown` while more than one is possible."""
        return next(iter(self.possible)) if len(self.possible) == 1 else UNKNOWN

    def as_document(self) -> dict[str, Any]:
        """The potential as JSON can hold it."""
        return {
            "level": self.level,
            "possible": sorted(self.possible),
            "tests": [test.document for test in self.tests],
        }


def assess_potential(levels: Mapping[str, Rule], facts: Facts) -> Potential:
    """Try the levels from the largest down; the first that is met is the last that is possible."""
    possible: set[str] = set()
    tests: list[TestResult] = []
    for level, rule in levels.items():
        verdict = evaluate(rule, facts)
        tests.extend(verdict.tests)
        if verdict.state is not State.NOT_MET:
            possible.add(level)
        if verdict.state is State.MET:
            return Potential(frozenset(possible), tuple(tests))
    return Potential(frozenset(possible | {SMALLEST}), tuple(tests))

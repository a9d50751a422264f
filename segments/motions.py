"""Which motion an account gets, and which it would get next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pql.definitions.model import Motion, Rule, State
from pql.rules import Facts, TestResult, evaluate


@dataclass(frozen=True, slots=True)
class Routing:
    """The motion with the tests of the rules that were tried, and the next one up.

    `following` is the motion above, or the one that could not be decided where the motion is
    unknown; `None` at the top.
    """

    motion: Motion
    tests: tuple[TestResult, ...]
    following: Motion | None


def route(rules: Mapping[Motion, Rule], facts: Facts) -> Routing:
    """Try the motions from the highest down. Where one is undecided, so is the account's.

    Taking unknown for no would send a large account to automation because nobody told its size.
    """
    tests: list[TestResult] = []
    above: Motion | None = None
    for motion, rule in rules.items():
        verdict = evaluate(rule, facts)
        tests.extend(verdict.tests)
        if verdict.state is State.MET:
            return Routing(motion, tuple(tests), above)
        if verdict.state is State.UNKNOWN:
            return Routing(Motion.UNKNOWN, tuple(tests), motion)
        above = motion
    return Routing(Motion.NO_TOUCH, tuple(tests), above)

"""Rules to verdicts in Kleene's strong three-valued logic (Kleene 1952, section 64).

Unknown means "could be either": a verdict is met or not met only if it would be so whatever the
unknown parts turned out to be.
"""

from __future__ import annotations

from collections.abc import Sequence

from pql.definitions.model import Group, Rule, State
from pql.rules.facts import Facts
from pql.rules.testing import run_test
from pql.rules.verdict import Verdict


def evaluate(rule: Rule, facts: Facts) -> Verdict:
    """Work out a rule for one account. Every test is run, decided already or not."""
    if not isinstance(rule, Group):
        result = run_test(rule, facts)
        return Verdict(result.state, (result,))
    verdicts = [evaluate(part, facts) for part in rule.rules]
    tests = tuple(test for verdict in verdicts for test in verdict.tests)
    return Verdict(_together(rule.require, [verdict.state for verdict in verdicts]), tests)


def at_least(count: int, states: Sequence[State]) -> State:
    """Whether at least `count` of the states are met; unknown while that is still open."""
    met = states.count(State.MET)
    if met >= count:
        return State.MET
    open_still = met + states.count(State.UNKNOWN) >= count
    return State.UNKNOWN if open_still else State.NOT_MET


def _together(require: str | int, states: Sequence[State]) -> State:
    counts = {"all": len(states), "any": 1}
    return at_least(counts[require] if isinstance(require, str) else require, states)

"""Rules to verdicts in Kleene's strong three-valued logic (Kleene 1952, section 64).

Unknown means "could be either": a verdict is met or not met only if it would be so whatever the
unknown parts turned out to be.
"""

from __future__ import annotations

from collections.abc import Sequence

from pql.definitions.model import Group, Rule, State
from pql.rules.facts import Facts
from pql.rules.testing import Runner, run_test
from pql.rules.verdict import TestResult, Verdict


def evaluate(rule: Rule, facts: Facts, run: Runner = run_test) -> Verdict:
    """Work out a rule for one account. Every test is run, by `run`, decided already or not."""
    tests: list[TestResult] = []
    state = _work_out(rule, facts, run, tests)
    return Verdict(state, tuple(tests))


def at_least(count: int, states: Sequence[State]) -> State:
    """Whether at least `count` of the states are met; unknown while that is still open."""
    met = states.count(State.MET)
    if met >= count:
        return State.MET
    open_still = met + states.count(State.UNKNOWN) >= count
    return State.UNKNOWN if open_still else State.NOT_MET


def required(group: Group) -> int:
    """How many of a group's rules must be met."""
    if isinstance(group.require, int):
        return group.require
    return 1 if group.require == "any" else len(group.rules)


def _work_out(rule: Rule, facts: Facts, run: Runner, tests: list[TestResult]) -> State:
    """The state of a rule; the results of its tests are added to `tests`."""
    if isinstance(rule, Group):
        states = [_work_out(part, facts, run, tests) for part in rule.rules]
        return at_least(required(rule), states)
    result = run(rule, facts)
    tests.append(result)
    return result.state

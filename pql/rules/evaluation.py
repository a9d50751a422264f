"""Rules to verdicts in Kleene's strong three-valued logic.

Unknown means "could be either": a verdict is met or not met only if it would be so whatever the
unknown parts turned out to be.
"""

from __future__ import annotations

from dataclasses import dataclass

from pql.definitions.model import Group, Rule
from pql.rules.answers import Answers
from pql.rules.facts import Columns, Facts, column_of_one
from pql.rules.states import STATES, States, at_least
from pql.rules.testing import run_test
from pql.rules.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Verdicts:
    """The state of a rule for each account, and what came of its tests, as they are written."""

    states: States
    tests: tuple[Answers, ...]

    def of(self, account: int) -> Verdict:
        """The verdict on the account in this place."""
        state = STATES[int(self.states[account])]
        return Verdict(state, tuple(test.of(account) for test in self.tests))


def evaluate(rule: Rule, facts: Facts) -> Verdict:
    """Work out a rule for one account. Every test is run, decided already or not."""
    return evaluate_columns(rule, column_of_one(facts)).of(0)


def evaluate_columns(rule: Rule, columns: Columns) -> Verdicts:
    """Work out a rule for many accounts at once: an `evaluate` for each, some hundred times faster.

    What came of a test is put into words only for the accounts that `Verdicts.of` is asked about.
    """
    tests: list[Answers] = []
    states = _work_out(rule, columns, tests)
    return Verdicts(states, tuple(tests))


def number_of_tests(rule: Rule) -> int:
    """How many tests a rule is made of."""
    return sum(map(number_of_tests, rule.rules)) if isinstance(rule, Group) else 1


def required(group: Group) -> int:
    """How many of a group's rules must be met."""
    if isinstance(group.require, int):
        return group.require
    return 1 if group.require == "any" else len(group.rules)


def _work_out(rule: Rule, columns: Columns, tests: list[Answers]) -> States:
    """The states of a rule; the answers to its tests are added to `tests`."""
    if isinstance(rule, Group):
        parts = [_work_out(part, columns, tests) for part in rule.rules]
        return at_least(required(rule), parts, columns.size)
    answers = run_test(rule, columns)
    tests.append(answers)
    return answers.states

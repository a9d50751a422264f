"""Rules worked out one account at a time in plain Python: slow, and easy to see to be right."""

from __future__ import annotations

from collections.abc import Sequence
from operator import ge, gt, le, lt

from pql.comparison import as_number, as_text, same
from pql.definitions.model import BenchmarkThreshold, Group, Rule, State, Test
from pql.rules import Facts

ORDERED = {"at_least": ge, "at_most": le, "more_than": gt, "less_than": lt}


def state_of(rule: Rule, facts: Facts) -> State:
    """The state of a rule for one account."""
    if isinstance(rule, Test):
        return _run(rule, facts)
    return at_least(_required(rule), [state_of(part, facts) for part in rule.rules])


def at_least(count: int, states: Sequence[State]) -> State:
    """Whether so many are met; unknown while that is still open."""
    met = states.count(State.MET)
    if met >= count:
        return State.MET
    open_still = met + states.count(State.UNKNOWN) >= count
    return State.UNKNOWN if open_still else State.NOT_MET


def _required(group: Group) -> int:
    if isinstance(group.require, int):
        return group.require
    return 1 if group.require == "any" else len(group.rules)


def _run(test: Test, facts: Facts) -> State:
    threshold = test.threshold
    if isinstance(threshold, BenchmarkThreshold):
        found = facts.benchmark(test.name, threshold)
        threshold = None if found is None else found.value
    match test.subject:
        case "metric":
            return _compare(test.comparison, as_number(facts.metrics.get(test.name)), threshold)
        case "trait":
            return _compare(test.comparison, facts.traits.get(test.name), threshold)
        case "status":
            status = None if facts.status == "unknown" else facts.status
            return _compare(test.comparison, status, threshold)
        case "usage_score":
            return _compare(test.comparison, facts.usage_score, threshold)
        case "pql":
            return facts.pql if facts.pql is State.UNKNOWN else _decided(facts.pql == threshold)
        case _:
            return _potential(facts.potential, threshold)


def _compare(comparison: str, value: object, threshold: object) -> State:
    if comparison == "exists":
        return _decided((value is not None) == threshold)
    if comparison in ORDERED:
        left, right = as_number(value), as_number(threshold)
        if left is None or right is None:
            return State.UNKNOWN
        return _decided(ORDERED[comparison](left, right))
    if comparison == "has" and isinstance(value, list):
        return _decided(any(same(entry, threshold) for entry in value))
    if value is None or isinstance(value, dict | list):
        return State.UNKNOWN
    return _decided(_has_it(comparison, value, threshold))


def _has_it(comparison: str, value: object, threshold: object) -> bool:
    text, part = str(as_text(value)), str(as_text(threshold))
    if comparison == "contains":
        return part in text
    if comparison == "starts_with":
        return text.startswith(part)
    allowed = threshold if isinstance(threshold, tuple) else (threshold,)
    return any(same(value, entry) for entry in allowed)


def _potential(possible: frozenset[str], threshold: object) -> State:
    wanted = threshold if isinstance(threshold, tuple) else (threshold,)
    fitting = possible.intersection(wanted)
    if fitting and fitting != possible:
        return State.UNKNOWN
    return _decided(bool(fitting))


def _decided(is_met: bool) -> State:
    return State.MET if is_met else State.NOT_MET

"""What is missing for a rule to be met, as sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pql.definitions.model import Group, Rule, State, Test
from pql.rules import Facts, evaluate

NOTHING: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Background:
    """What a motion's rule refers to: the criteria behind `pql: met`, the levels of potential."""

    criteria: Group
    levels: Mapping[str, Rule]


def missing_for(rule: Rule, facts: Facts, background: Background) -> tuple[str, ...]:
    """One sentence for each thing that is not met or not known, along the shortest way to the rule.

    Ways of the same length, each of a single thing, are told together: "one of these: ...".
    """
    if evaluate(rule, facts).state is State.MET:
        return NOTHING
    if isinstance(rule, Group):
        return _missing_for_group(rule, facts, background)
    return _missing_for_test(rule, facts, background)


def _missing_for_group(group: Group, facts: Facts, background: Background) -> tuple[str, ...]:
    ways = [missing_for(rule, facts, background) for rule in group.rules]
    open_ways = [way for way in ways if way]
    if group.require == "all":
        return tuple(dict.fromkeys(sentence for way in open_ways for sentence in way))
    wanted = 1 if isinstance(group.require, str) else group.require
    return _shortest(open_ways, wanted - (len(ways) - len(open_ways)))


def _shortest(ways: Sequence[tuple[str, ...]], needed: int) -> tuple[str, ...]:
    """The `needed` shortest of several ways."""
    singles = list(dict.fromkeys(way[0] for way in ways if len(way) == 1))
    if len(singles) > needed:
        return (f"{_count(needed)} of these: {'; '.join(singles)}",)
    chosen = sorted(ways, key=len)[:needed]
    return tuple(dict.fromkeys(sentence for way in chosen for sentence in way))


def _missing_for_test(test: Test, facts: Facts, background: Background) -> tuple[str, ...]:
    if test.subject == "pql" and test.threshold == State.MET.value:
        return missing_for(background.criteria, facts, background)
    if test.subject == "potential":
        levels = test.threshold if isinstance(test.threshold, tuple) else (test.threshold,)
        rules = tuple(background.levels[level] for level in levels if level in background.levels)
        if rules:
            return missing_for(Group("any", rules), facts, background)
    return (evaluate(test, facts).tests[0].sentence,)


def _count(number: int) -> str:
    return "one" if number == 1 else str(number)

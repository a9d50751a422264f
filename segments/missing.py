"""What is missing for a rule to be met, as sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pql.definitions.model import Group, Rule, State, Test
from pql.rules import Facts, evaluate, required


@dataclass(frozen=True, slots=True)
class Background:
    """What a motion's rule refers to, and the tests that were run before.

    `criteria` are behind `pql: met`, `levels` behind `potential: large`.
    """

    criteria: Group
    levels: Mapping[str, Rule]
    facts: Facts


def missing_for(rule: Rule, background: Background) -> tuple[str, ...]:
    """One sentence for each thing that is not met or not known; empty where the rule is met.

    Where there are several ways, the shortest is told; ways of a single thing each are told
    together: "one of these: ...".
    """
    if isinstance(rule, Group):
        return _missing_for_group(rule, background)
    return _missing_for_test(rule, background)


def _missing_for_group(group: Group, background: Background) -> tuple[str, ...]:
    ways = [missing_for(rule, background) for rule in group.rules]
    open_ways = [way for way in ways if way]
    needed = required(group) - (len(ways) - len(open_ways))
    return _shortest(open_ways, needed) if needed > 0 else ()


def _shortest(ways: Sequence[tuple[str, ...]], needed: int) -> tuple[str, ...]:
    """The `needed` shortest of several ways."""
    singles = list(dict.fromkeys(way[0] for way in ways if len(way) == 1))
    if len(singles) > needed:
        number = "one" if needed == 1 else str(needed)
        return (f"{number} of these: {'; '.join(singles)}",)
    chosen = sorted(ways, key=len)[:needed]
    return tuple(dict.fromkeys(sentence for way in chosen for sentence in way))


def _missing_for_test(test: Test, background: Background) -> tuple[str, ...]:
    answer = evaluate(test, background.facts).tests[0]
    if answer.state is State.MET:
        return ()
    behind = _behind(test, background)
    # What a test stands for may be met while the test is not: then the test speaks for itself.
    return (behind and missing_for(behind, background)) or (answer.sentence,)


def _behind(test: Test, background: Background) -> Rule | None:
    """The rule a test of a motion stands for, if it stands for one."""
    if test.subject == "pql" and test.threshold == State.MET.value:
        return background.criteria
    if test.subject == "potential":
        levels = test.threshold if isinstance(test.threshold, tuple) else (test.threshold,)
        rules = tuple(background.levels[level] for level in levels if level in background.levels)
        return Group("any", rules) if rules else None
    return None

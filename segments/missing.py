"""What is missing for a rule to be met, as sentences.

What there is to say depends on nothing but the states of the tests. So it is worked out once for
each pattern of states, and thousands of accounts have the same few; what each account is told about
a test is filled in afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pql.definitions.model import Group, Rule, State, Test
from pql.rules import required

ONE = "one"


@dataclass(frozen=True, slots=True)
class Alternatives:
    """So many of these things, whichever."""

    number: str
    lacks: tuple[Lack, ...]


Lack = str | Alternatives
"""What is missing: a test, by its key, or some of several things."""


@dataclass(frozen=True, slots=True)
class Background:
    """What a motion's rule refers to, and how the tests came out, by their keys.

    `criteria` are behind `pql: met`, `levels` behind `potential: large`.
    """

    criteria: Group
    levels: Mapping[str, Rule]
    states: Mapping[str, State]


def key_of(test: Test) -> str:
    """Tests of one key say the same of an account. (`is 1` and `is true` are equal tests.)"""
    return repr(test)


def missing_for(rule: Rule, background: Background) -> tuple[Lack, ...]:
    """Each thing that is not met or not known; empty where the rule is met.

    Where there are several ways, the shortest is told; ways of a single thing each are told
    together: "one of these: ...".
    """
    if isinstance(rule, Group):
        return _missing_for_group(rule, background)
    return _missing_for_test(rule, background)


def in_words(lack: Lack, sentence_of: Callable[[str], str]) -> str:
    """What is missing, for an account of which `sentence_of` tells how each test came out."""
    if isinstance(lack, str):
        return sentence_of(lack)
    return f"{lack.number} of these: {_together(lack, sentence_of)}"


def _together(lack: Alternatives, sentence_of: Callable[[str], str]) -> str:
    parts = (
        sentence_of(each)
        if isinstance(each, str)
        else f"{each.number} of ({_together(each, sentence_of)})"
        for each in lack.lacks
    )
    return "; ".join(parts)


def _missing_for_group(group: Group, background: Background) -> tuple[Lack, ...]:
    ways = [missing_for(rule, background) for rule in group.rules]
    open_ways = [way for way in ways if way]
    needed = required(group) - (len(ways) - len(open_ways))
    return _shortest(open_ways, needed) if needed > 0 else ()


def _shortest(ways: Sequence[tuple[Lack, ...]], needed: int) -> tuple[Lack, ...]:
    """The `needed` shortest of several ways."""
    singles = tuple(dict.fromkeys(way[0] for way in ways if len(way) == 1))
    if len(singles) > needed:
        return (_alternatives(needed, singles),)
    chosen = sorted(ways, key=len)[:needed]
    return tuple(dict.fromkeys(lack for way in chosen for lack in way))


def _alternatives(needed: int, singles: tuple[Lack, ...]) -> Alternatives:
    """One of some things, of which one is itself one of several, is one of them all."""
    if needed > 1:
        return Alternatives(str(needed), singles)
    flat = dict.fromkeys(
        part
        for each in singles
        for part in (
            each.lacks if isinstance(each, Alternatives) and each.number == ONE else (each,)
        )
    )
    return Alternatives(ONE, tuple(flat))


def _missing_for_test(test: Test, background: Background) -> tuple[Lack, ...]:
    if background.states[key_of(test)] is State.MET:
        return ()
    behind = _behind(test, background)
    # What a test stands for may be met while the test is not: then the test speaks for itself.
    return (behind and missing_for(behind, background)) or (key_of(test),)


def _behind(test: Test, background: Background) -> Rule | None:
    """The rule a test of a motion stands for, if it stands for one."""
    if test.subject == "pql" and test.threshold == State.MET.value:
        return background.criteria
    if test.subject == "potential":
        levels = test.threshold if isinstance(test.threshold, tuple) else (test.threshold,)
        rules = tuple(background.levels[level] for level in levels if level in background.levels)
        return Group("any", rules) if rules else None
    return None

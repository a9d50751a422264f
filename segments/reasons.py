"""The reasons of results in words: what is met first, and what is missing told as missing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from pql.definitions.model import Motion
from pql.rules import Answers
from pql.rules.states import MET, NOT_MET, STATES, UNKNOWN, States
from segments.deciding import Decisions
from segments.pieces import TestPieces

ABOUT_THE_ACCOUNT = frozenset({"metric", "trait", "status"})
"""What a rule of a motion asks besides what was concluded: that is told anyway."""

NOTHING = "no criterion is met"
NO_RULE = "neither rule for a person is met"
"""The same where the provisional rules decided: the criteria could not be."""
MISSING = "missing: "
UNDECIDED = "not decided: "
NOT_NEEDED = "not met: "
"""Instead of missing, where the account is qualified without it."""


def reasons_of(decisions: Decisions) -> Iterator[str]:
    """The reasons of each result, in the order of the accounts.

    Those of the motion are told where it rests on more than the qualification: they are met.
    """
    criteria = [(TestPieces(each), each.states) for each in decisions.criteria.tests]
    routing = [(TestPieces(each), is_behind) for each, is_behind in _behind_the_motion(decisions)]
    briefs = [pieces.briefs() for pieces, _ in (*criteria, *routing)]
    states = [each.tolist() for _, each in (*criteria, *routing)]
    size = len(decisions.subjects.trial_days)
    qualified = (decisions.criteria.states == MET).tolist()
    told = zip(*briefs, strict=True) if briefs else iter([()] * size)
    found = zip(*states, strict=True) if states else iter([()] * size)
    names = decisions.routing.names
    provisional = [
        decisions.is_provisional and names[motion] is not Motion.UNKNOWN
        for motion in decisions.routing.motions.tolist()
    ]
    outlines: dict[tuple[tuple[int, ...], bool, bool], Outline] = {}
    for brief, key in zip(told, zip(found, qualified, provisional, strict=True), strict=True):
        outline = outlines.get(key) or outlines.setdefault(key, _outline(*key))
        yield "; ".join(
            [f"{begin}{', '.join([brief[place] for place in places])}" for begin, places in outline]
        )


Outline = Sequence[tuple[str, Sequence[int]]]
"""The parts of a sentence: how each begins, and the places of the tests that are told in it.

Thousands of accounts have the same few.
"""


def _outline(states: Sequence[int], is_qualified: bool, is_provisional: bool) -> Outline:
    """Where provisional rules decided, what is not decided is left out: one sentence says why."""
    of = {state: [n for n, each in enumerate(states) if each == state] for state in STATES}
    missing = NOT_NEEDED if is_qualified else MISSING
    nothing = NO_RULE if is_provisional else NOTHING
    parts = [("", of[int(MET)])] if of[int(MET)] else [(nothing, [])]
    rest = ((missing, of[int(NOT_MET)]), (UNDECIDED, [] if is_provisional else of[int(UNKNOWN)]))
    return [*parts, *(part for part in rest if part[1])]


NOT_TOLD = 2
"""No state: of a test that says nothing of why the account has its motion."""


def _behind_the_motion(decisions: Decisions) -> Iterator[tuple[Answers, States]]:
    """The tests that are met of the rule by which accounts have their motion."""
    routing = decisions.routing
    told = {repr(each.test) for each in decisions.criteria.tests}
    for place, verdicts in enumerate(routing.tried.verdicts):
        is_the_rule = routing.motions == place
        for each in verdicts.tests:
            is_new = each.test.subject in ABOUT_THE_ACCOUNT and repr(each.test) not in told
            if is_new and is_the_rule.any():
                told.add(repr(each.test))
                behind: States = np.where(is_the_rule & (each.states == MET), MET, NOT_TOLD)
                yield each, behind

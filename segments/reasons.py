"""The reasons of results in words: what is met first, and what is missing told as missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from pql.rules import Answers
from pql.rules.states import MET, NOT_MET, UNKNOWN, States
from segments.deciding import Decisions
from segments.pieces import TestPieces

ABOUT_THE_ACCOUNT = frozenset({"metric", "trait", "status"})
"""What a rule of a motion asks besides what was concluded: that is told anyway."""

NOTHING = "no criterion is met"
INTRODUCED: Mapping[int, str] = {int(NOT_MET): "missing: ", int(UNKNOWN): "not decided: "}
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
    return map(_in_words, told, found, qualified)


def _in_words(briefs: Sequence[str], states: Sequence[int], is_qualified: bool) -> str:
    by_state: dict[int, dict[str, None]] = {}
    for brief, state in zip(briefs, states, strict=True):
        by_state.setdefault(state, {})[brief] = None
    parts = [", ".join(by_state.get(int(MET), ())) or NOTHING]
    for state, introduced in INTRODUCED.items():
        if state in by_state:
            is_not_needed = is_qualified and state == NOT_MET
            named = ", ".join(by_state[state])
            parts.append(f"{NOT_NEEDED if is_not_needed else introduced}{named}")
    return "; ".join(parts)


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
                behind: States = np.where(is_the_rule & (each.states == MET), MET, NOT_TOLD)
                yield each, behind

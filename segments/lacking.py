"""What many accounts lack for the motion that follows theirs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pql.definitions.model import Definition, DefinitionFile
from pql.rules import Answers
from pql.rules.states import STATES
from segments.missing import Background, Lack, key_of, missing_for
from segments.motions import NONE, Routings

Numbers = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Lacking:
    """`kinds` says for each account which of `lacks` it lacks; `answers` are the tests by key."""

    kinds: Numbers
    lacks: Sequence[tuple[Lack, ...]]
    answers: Mapping[str, Answers]


def find_lacking(
    file: DefinitionFile, definition: Definition, routing: Routings, tests: Iterable[Answers]
) -> Lacking:
    """What the accounts lack, worked out once for each pattern of states that occurs."""
    answers = {key_of(each.test): each for each in tests}
    states = [each.states for each in answers.values()]
    patterns, kinds = _different(np.stack([routing.following, *states]))
    lacks = [
        _lacks(file, definition, routing, dict(zip(answers, pattern[1:], strict=True)), pattern[0])
        for pattern in patterns
    ]
    return Lacking(kinds, lacks, answers)


def _different(columns: npt.NDArray[np.int64]) -> tuple[list[list[int]], Numbers]:
    """The different columns, and which of them each is."""
    codes = np.zeros(columns.shape[1], dtype=np.intp)
    for row in columns:  # one row after the other: sorting whole columns takes ten times as long
        span = int(row.max(initial=0)) - int(row.min(initial=0)) + 1
        codes = np.unique(codes * span + (row - row.min(initial=0)), return_inverse=True)[1]
    _, first = np.unique(codes, return_index=True)
    return columns[:, first].T.tolist(), codes


def _lacks(
    file: DefinitionFile,
    definition: Definition,
    routing: Routings,
    states: Mapping[str, int],
    following: int,
) -> tuple[Lack, ...]:
    if following == NONE:
        return ()
    by_key = {key: STATES[state] for key, state in states.items()}
    background = Background(definition.criteria, file.potential, by_key)
    return missing_for(routing.rules[routing.names[following]], background)

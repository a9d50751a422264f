"""Judges accounts by a definition. One that cannot be judged holds up no other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from pql.definitions.model import Definition, DefinitionFile, Motion, State
from pql.rules.comparing import Numbers
from pql.rules.states import STATES
from pql.state.store import json_text
from segments.at_hand import Accounts, Standings, TraitsAsked, moment, trial_days
from segments.deciding import Decisions, Subjects, decide
from segments.explanation import Basis, Explanations, explain_failure

Places = npt.NDArray[np.intp]
"""Where accounts are in the columns of a case."""

Done = TypeVar("Done")


@dataclass(frozen=True, slots=True)
class Case:
    """What some accounts are evaluated on. `metrics`: NaN where nothing was measured."""

    accounts: Accounts
    metrics: Mapping[str, Numbers]
    standings: Standings
    file: DefinitionFile
    basis: Basis

    def subjects(self, places: Places) -> Subjects:
        """The accounts in these places as they are decided on."""
        accounts = self.accounts
        traits = [_values(accounts.traits[place]) for place in places]
        return Subjects(
            statuses=[accounts.statuses[place] for place in places],
            traits={
                name: [values[number] for values in traits]
                for number, name in enumerate(self.basis.traits)
            },
            trial_days=trial_days(accounts.trial_started_at[places], moment(self.basis.as_of)),
            metrics={name: values[places] for name, values in self.metrics.items()},
        )


class Judgement(NamedTuple):
    """What a definition says of an account."""

    pql: str
    usage_score: int | None
    motion: str
    explanation: str
    error: Exception | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """The decisions on the accounts in some places (ascending), or why there are none."""

    definition: Definition
    basis: Basis
    places: Places
    explanations: Explanations | Exception

    def between(self, first: int, last: int) -> Iterator[tuple[int, Judgement]]:
        """The judgements on accounts from one place up to before another, with their places."""
        start, stop = np.searchsorted(self.places, [first, last]).tolist()
        for one, end, done in _apart(start, stop, self._explain):
            judgements = [self._failed(done)] if isinstance(done, Exception) else done
            yield from zip(self.places[one:end].tolist(), judgements, strict=True)

    def _explain(self, start: int, stop: int) -> list[Judgement]:
        if isinstance(self.explanations, Exception):
            raise self.explanations
        explained = self.explanations.between(start, stop)
        decisions = self.explanations.decisions
        names = [name.value for name in decisions.routing.names]
        columns = (decisions.criteria.states, decisions.scores.scores, decisions.routing.motions)
        rows = zip(*(column[start:stop].tolist() for column in columns), explained, strict=True)
        return [
            Judgement(
                STATES[pql].value,
                None if score != score else int(score),  # NaN differs from itself
                names[motion],
                explanation,
            )
            for pql, score, motion, explanation in rows
        ]

    def _failed(self, error: Exception) -> Judgement:
        explanation = json_text(explain_failure(self.definition.name, error, self.basis))
        return Judgement(State.UNKNOWN.value, None, Motion.UNKNOWN.value, explanation, error)


def judge(case: Case, definition: Definition, places: Places) -> list[Judged]:
    """Decide on the accounts in these places (ascending), all at once if none fails."""

    def decide_some(first: int, last: int) -> Decisions:
        subjects = case.subjects(places[first:last])
        return decide(case.file, definition, subjects, case.basis.benchmarks)

    return [
        Judged(
            definition,
            case.basis,
            places[first:last],
            done if isinstance(done, Exception) else Explanations(done, case.basis),
        )
        for first, last, done in _apart(0, len(places), decide_some)
    ]


def _apart(
    first: int, last: int, work: Callable[[int, int], Done]
) -> Iterator[tuple[int, int, Done | Exception]]:
    """Do it for all at once; where that fails for each half, down to the one it fails for."""
    if first == last:
        return
    try:
        done = work(first, last)
    except Exception as error:  # noqa: BLE001 - whatever it is, the other accounts go on
        if last - first == 1:
            yield first, last, error
            return
    else:
        yield first, last, done
        return
    middle = (first + last) // 2
    yield from _apart(first, middle, work)
    yield from _apart(middle, last, work)


def _values(traits: TraitsAsked) -> tuple[object, ...]:
    if isinstance(traits, Exception):
        raise traits
    return traits

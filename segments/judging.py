"""Judges accounts by a definition. One that cannot be judged holds up no other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from pql.calendars import UTC_CALENDAR, Calendar
from pql.definitions.model import Definition, DefinitionFile, Motion
from pql.rules.comparing import Numbers
from pql.rules.facts import Days
from segments.at_hand import MOTIONS, Accounts, Results, Standings
from segments.deciding import Decisions, Subjects, decide
from segments.explanation import Basis

Places = npt.NDArray[np.intp]
"""Where accounts are in the columns of a case."""

Done = TypeVar("Done")


@dataclass(frozen=True, slots=True)
class Case:
    """What some accounts are evaluated on. `metrics`: NaN where nothing was measured."""

    accounts: Accounts
    days: Days
    metrics: Mapping[str, Numbers]
    standings: Standings
    file: DefinitionFile
    basis: Basis
    now: datetime
    calendar: Calendar = UTC_CALENDAR

    def subjects(self, places: Places) -> Subjects:
        """The accounts in these places as they are decided on."""
        accounts = self.accounts
        for place in places.tolist() if accounts.untold else ():
            if place in accounts.untold:
                raise accounts.untold[place]
        return Subjects(
            statuses=accounts.statuses[places].tolist(),
            traits={name: values[places].tolist() for name, values in accounts.traits.items()},
            trial_days=self.days[places],
            metrics={name: values[places] for name, values in self.metrics.items()},
        )


@dataclass(frozen=True, slots=True)
class Judged:
    """What a definition says of the accounts in some places (ascending), and of whom it could not.

    Where there is an error everything is unknown: nothing was guessed.
    """

    places: Places
    results: Results
    errors: dict[int, Exception] = field(default_factory=dict)


def judge(case: Case, definition: Definition, places: Places) -> Judged:
    """Decide on the accounts in these places (ascending), all at once if none fails."""
    judged = Judged(places, _unknown(len(places)))

    def decide_some(first: int, last: int) -> Decisions:
        subjects = case.subjects(places[first:last])
        return decide(case.file, definition, subjects, case.basis.benchmarks)

    for first, last, done in apart(len(places), decide_some):
        if isinstance(done, Exception):
            judged.errors[int(places[first])] = done
        else:
            judged.results.put(np.arange(first, last), _results(done))
    return judged


def apart(
    number: int, work: Callable[[int, int], Done]
) -> Iterator[tuple[int, int, Done | Exception]]:
    """Do something for so many accounts at once, from the first up to before the last.

    Where that fails it is done for each half, down to the one that it fails for.
    """
    waiting = [(0, number)] if number else []
    while waiting:
        first, last = waiting.pop()
        try:
            done: Done | Exception = work(first, last)
        except Exception as error:  # noqa: BLE001 - whatever it is, the other accounts go on
            done = error
        if isinstance(done, Exception) and last - first > 1:
            middle = (first + last) // 2
            waiting += [(middle, last), (first, middle)]
        else:
            yield first, last, done


def _results(decisions: Decisions) -> Results:
    numbers = np.array([MOTIONS.index(name) for name in decisions.routing.names], dtype=np.int8)
    return Results(
        decisions.criteria.states, decisions.scores.scores, numbers[decisions.routing.motions]
    )


def _unknown(size: int) -> Results:
    results = Results.none(size)
    results.motions[:] = MOTIONS.index(Motion.UNKNOWN)
    return results

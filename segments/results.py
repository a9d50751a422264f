"""What an evaluation comes to for many accounts: results, departures, when to look again. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pql.accounts.leading import rank
from pql.definitions.model import Definition
from pql.state.store import json_text
from segments.at_hand import NOTHING, Accounts, Before, Copies, Times, moment
from segments.explanation import explain_departure
from segments.judging import Case, Judgement, Places, judge
from segments.looking_again import RETRY_AFTER, next_looks
from segments.resting import NO_DIGEST, digests


class Result(NamedTuple):
    """What a definition says of an account now, and what it said until now.

    `explanation` is JSON, as it is stored.
    """

    account_id: int
    definition: str
    pql: str
    usage_score: int | None
    motion: str
    rests_on: str
    explanation: str
    was: Before | None
    error: Exception | None


class Departure(NamedTuple):
    """That a definition does not speak of an account any more, and why."""

    account_id: int
    definition: str
    explanation: str
    was: Before
    pql: None = None
    usage_score: None = None
    motion: None = None


class Update(NamedTuple):
    """What changes in an account's own row. `next_evaluation_at` is naive UTC, or NaT."""

    account_id: int
    copies: Copies
    next_evaluation_at: np.datetime64


@dataclass(frozen=True, slots=True)
class Outcomes:
    """All that came of an evaluation for some accounts and is to be written.

    What rests on the same as before is in none of the lists: what is stored holds.
    """

    account_ids: Sequence[int]
    results: Sequence[Result]
    departures: Sequence[Departure]
    updates: Sequence[Update]

    def of(self, ids: Set[int]) -> Outcomes:
        """Those of these accounts alone."""
        if ids >= set(self.account_ids):
            return self
        return Outcomes(
            [each for each in self.account_ids if each in ids],
            [each for each in self.results if each.account_id in ids],
            [each for each in self.departures if each.account_id in ids],
            [each for each in self.updates if each.account_id in ids],
        )


class Evaluation:
    """The evaluation of a case: decided for all of its accounts at once, told some at a time."""

    def __init__(self, case: Case) -> None:
        self._case = case
        definitions = case.file.definitions.values()
        self._ids = case.accounts.ids.tolist()
        self._digests = digests(case.accounts, case.metrics, case.basis)
        self._spoken_of = {each.name: is_spoken_of(case.accounts, [each]) for each in definitions}
        any_speaks = is_spoken_of(case.accounts, definitions)
        self._looks = next_looks(case.accounts, any_speaks, case.metrics, case.file, case.basis)
        self._judged = {each.name: judge(case, each, self._differing(each)) for each in definitions}

    def between(self, first: int, last: int) -> Outcomes:
        """What came of it for the accounts from one place up to before another."""
        leading, looks = [NOTHING] * (last - first), self._looks[first:last].copy()
        results: list[Result] = []
        for name in self._case.file.definitions:
            for place, result in self._results(name, first, last):
                leading[place - first] = _leading(leading[place - first], result)
                if isinstance(result, Result):
                    results.append(result)
                    if result.error is not None:
                        looks[place - first] = self._retry(looks[place - first])
        return Outcomes(
            account_ids=self._ids[first:last],
            results=results,
            departures=list(self._departures(first, last)),
            updates=list(self._updates(first, leading, looks)),
        )

    def _differing(self, definition: Definition) -> Places:
        """Where the accounts are whose result rests on something else than the one they have."""
        before = self._case.standings.get(definition.name, {})
        places = np.flatnonzero(self._spoken_of[definition.name])
        differs = [self._differs(before.get(self._ids[place]), place) for place in places.tolist()]
        return np.array(places[np.array(differs, dtype=bool)])

    def _differs(self, was: Before | None, place: int) -> bool:
        rests_on = self._digests[place]
        return was is None or rests_on == NO_DIGEST or was.rests_on != rests_on

    def _results(self, name: str, first: int, last: int) -> Iterator[tuple[int, Result | Before]]:
        """The result of each account that it speaks of: a new one, or the one it has."""
        before = self._case.standings.get(name, {})
        new: dict[int, Judgement] = {}
        for judged in self._judged[name]:
            new.update(judged.between(first, last))
        for place in (first + np.flatnonzero(self._spoken_of[name][first:last])).tolist():
            was = before.get(self._ids[place])
            if place in new:
                yield place, self._result(name, place, new[place], was)
            elif was is not None:
                yield place, was

    def _result(self, name: str, place: int, new: Judgement, was: Before | None) -> Result:
        rests_on = self._digests[place] if new.error is None else NO_DIGEST
        pql, usage_score, motion, explanation, error = new
        return Result(
            self._ids[place],
            name,
            pql,
            usage_score,
            motion,
            rests_on,
            explanation,
            was,
            error,
        )

    def _departures(self, first: int, last: int) -> Iterator[Departure]:
        for name, before in sorted(self._case.standings.items()):
            speaks = self._spoken_of.get(name)
            for place in range(first, last):
                was = before.get(self._ids[place])
                if was is not None and (speaks is None or not speaks[place]):
                    yield Departure(self._ids[place], name, self._why_it_left(name, place), was)

    def _why_it_left(self, name: str, place: int) -> str:
        reason = f"the account is {self._case.accounts.statuses[place]} now"
        if name not in self._case.file.definitions:
            reason = "the definition is not in force any more"
        return json_text(explain_departure(name, reason, self._case.basis))

    def _retry(self, look: np.datetime64) -> np.datetime64:
        retry = moment(self._case.basis.as_of) + RETRY_AFTER
        return retry if np.isnat(look) else min(look, retry)

    def _updates(self, first: int, leading: Sequence[Copies], looks: Times) -> Iterator[Update]:
        accounts = self._case.accounts
        before = accounts.next_evaluation_at[first : first + len(leading)]
        moved = (looks != before) & ~(np.isnat(looks) & np.isnat(before))
        for place, (copies, has_moved) in enumerate(zip(leading, moved.tolist(), strict=True)):
            if has_moved or copies != accounts.copies[first + place]:
                yield Update(self._ids[first + place], copies, looks[place])


def is_spoken_of(accounts: Accounts, definitions: Iterable[Definition]) -> npt.NDArray[np.bool_]:
    """Which of the accounts are of a status that one of the definitions is about."""
    statuses = {status for each in definitions for status in each.population}
    return np.array([status in statuses for status in accounts.statuses], dtype=bool)


def _leading(so_far: Copies, result: Result | Before) -> Copies:
    """The result that leads: the highest motion, then the highest score, then the earlier one."""
    own = Copies(result.pql, result.usage_score, result.motion)
    if so_far.motion is None:
        return own
    ahead = rank(result.motion, result.usage_score) > rank(so_far.motion, so_far.usage_score)
    return own if ahead else so_far

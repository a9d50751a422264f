"""What an evaluation comes to for many accounts: results, departures, when to look again. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import eq

import numpy as np

from pql.definitions.model import Definition
from segments.at_hand import Accounts, Before, Flags, Results, Times, moment
from segments.evidence import as_evidence
from segments.explanation import explain_departure, explain_failure
from segments.judging import Case, Judged, Places, judge
from segments.looking_again import RETRY_AFTER, next_looks
from segments.pieces import Document
from segments.resting import NO_DIGEST, digests


@dataclass(frozen=True, slots=True)
class News:
    """What a definition says now of the accounts in some places (ascending).

    Of those alone whose result rests on something else than the one they had `before`. Those that
    could not be judged rest on no evidence: why is in `errors`, by place.
    """

    definition: str
    places: Places
    results: Results
    before: Before
    rests_on: Sequence[str]
    evidence: Sequence[str | None]
    errors: Mapping[int, Exception]


@dataclass(frozen=True, slots=True)
class Departures:
    """Whom a definition does not speak of any more, by their places (ascending), and why not."""

    definition: str
    places: Places
    before: Before
    explanations: Sequence[Document]


class Evaluation:
    """The evaluation of a case: decided for all of its accounts at once.

    `copies` are the results that lead: the highest motion, then the highest score, then that of
    the earlier definition. `looks` are when time alone may change what is said of each account
    (naive UTC, NaT never). `has_moved` tells whose copies or next look are others than before.
    """

    def __init__(self, case: Case) -> None:
        self._case = case
        self.ids: list[int] = case.accounts.ids.tolist()
        accounts, definitions = case.accounts, case.file.definitions.values()
        self._evidence = as_evidence(case.days, accounts.statuses, case.metrics, accounts.traits)
        self._rests_on = digests(self._evidence, case.basis)
        self._spoken_of = {each.name: is_spoken_of(accounts, [each]) for each in definitions}
        self.copies = Results.none(len(accounts))
        self.news = [self._decide(each) for each in definitions]
        self.departures = list(self._departures())
        self.looks = self._looks()
        self.has_moved = self._moved()

    def _moved(self) -> Flags:
        before = self._case.accounts
        then, now = before.next_evaluation_at, self.looks
        stays = (now == then) | (np.isnat(now) & np.isnat(then))
        moved: Flags = ~stays | self.copies.differ(before.copies)
        return moved

    def failure(self, news: News, place: int) -> Document:
        """Why there is no result that could be told."""
        error, basis = news.errors[place], self._case.basis
        return explain_failure(news.definition, error, basis, self._case.now)

    def _decide(self, definition: Definition) -> News:
        before, speaks = self._before(definition.name), self._spoken_of[definition.name]
        holds = speaks & np.fromiter(map(eq, self._rests_on, before.rests_on), bool, len(speaks))
        judged = judge(self._case, definition, np.flatnonzero(speaks & ~holds))
        said = Results.none(len(speaks))
        said.put(holds, before.results.at(holds))
        said.put(judged.places, judged.results)
        ahead = said.ahead(self.copies)
        self.copies.put(ahead, said.at(ahead))
        return self._news(definition.name, judged, before)

    def _news(self, name: str, judged: Judged, before: Before) -> News:
        places, failed = judged.places.tolist(), judged.errors
        return News(
            definition=name,
            places=judged.places,
            results=judged.results,
            before=before.at(judged.places),
            rests_on=[NO_DIGEST if each in failed else self._rests_on[each] for each in places],
            evidence=[None if each in failed else self._evidence[each] for each in places],
            errors=failed,
        )

    def _before(self, name: str) -> Before:
        return self._case.standings.get(name) or Before.nothing(len(self._case.accounts))

    def _departures(self) -> Iterator[Departures]:
        for name, before in sorted(self._case.standings.items()):
            speaks = self._spoken_of.get(name, np.zeros(len(self._case.accounts), dtype=bool))
            places = np.flatnonzero(before.results.exist & ~speaks)
            if len(places):
                why = [self._why_it_left(name, place) for place in places.tolist()]
                yield Departures(name, places, before.at(places), why)

    def _why_it_left(self, name: str, place: int) -> Document:
        reason = f"the account is {self._case.accounts.statuses[place]} now"
        if name not in self._case.file.definitions:
            reason = "the definition is not in force any more"
        return explain_departure(name, reason, self._case.basis, self._case.now)

    def _looks(self) -> Times:
        case, now = self._case, moment(self._case.now)
        speaks = is_spoken_of(case.accounts, case.file.definitions.values())
        looks = next_looks(case, speaks)
        failed = sorted({place for news in self.news for place in news.errors})
        looks[failed] = np.fmin(looks[failed], now + RETRY_AFTER)
        return looks


def is_spoken_of(accounts: Accounts, definitions: Iterable[Definition]) -> Flags:
    """Which of the accounts are of a status that one of the definitions is about."""
    spoken_of = np.zeros(len(accounts), dtype=bool)
    for status in {status for each in definitions for status in each.population}:
        spoken_of |= accounts.statuses == status
    return spoken_of

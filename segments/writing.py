"""Writes what was decided: standings, the history of changes, and the copies that lists sort by."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from itertools import compress, repeat
from typing import Any

import numpy as np
from sqlalchemy import bindparam, delete, insert, update
from sqlalchemy.orm import Session

from pql.state.bulk import (
    execute_many,
    insert_into,
    is_one_of,
    table_of,
    times_as_stored,
)
from pql.state.models import Account, Standing
from pql.state.models import Evaluation as Change
from pql.state.store import json_text
from segments.at_hand import Flags, moment
from segments.judging import Places
from segments.results import Departures, Evaluation, News

ACCOUNTS = table_of(Account)
STANDINGS = table_of(Standing)


@dataclass(frozen=True, slots=True)
class Versions:
    """Whose rows are written, and by which versions they came about."""

    workspace_id: int
    definition_version_id: int
    benchmark_version_id: int | None
    now: datetime

    @property
    def by(self) -> tuple[int, int, int | None]:
        """The columns `BY`."""
        return self.workspace_id, self.definition_version_id, self.benchmark_version_id


Row = tuple[Any, ...]
Said = tuple[list[str | None], list[int | None], list[str | None]]
BY = ("workspace_id", "definition_version_id", "benchmark_version_id")
SAID = ("account_id", "definition", "evidence", "explanation", "pql", "usage_score", "motion")
RESTS_ON = update(STANDINGS).where(
    STANDINGS.c.account_id == bindparam("of_account"),
    STANDINGS.c.definition == bindparam("of_definition"),
)
RESTS_ON_COLUMNS = (
    "evidence",
    "explanation",
    *BY[1:],
    "rests_on",
    "evaluated_at",
    "of_account",
    "of_definition",
)
STANDING_COLUMNS = (*SAID, "rests_on", "since", "evaluated_at", *BY)
CHANGE_COLUMNS = (*SAID, "previous_motion", "evaluated_at", *BY)
UPDATED_COLUMNS = ("pql", "usage_score", "motion", "next_evaluation_at", "own_id")


def write_outcomes(
    session: Session, evaluation: Evaluation, some: slice, finished: Set[int], versions: Versions
) -> None:
    """Write what came of it for those among some accounts that are finished.

    A change of PQL state, score or motion adds to the history, and nothing else does.
    """
    is_finished = np.zeros(len(evaluation.ids), dtype=bool)
    is_finished[some] = [each in finished for each in evaluation.ids[some]]
    for news in evaluation.news:
        rows = _Rows(session, evaluation, news, _among(news.places, some, is_finished), versions)
        rows.write(session)
    for departures in evaluation.departures:
        chosen = _among(departures.places, some, is_finished)
        _write_departures(session, evaluation.ids, departures, chosen.tolist(), versions)
    _update_accounts(session, evaluation, np.flatnonzero(is_finished), versions.now)


def _among(places: Places, some: slice, is_finished: Flags) -> Places:
    """Which of the places are of finished accounts among some."""
    first, last = np.searchsorted(places, [some.start, some.stop])
    among: Places = np.flatnonzero(is_finished[places[first:last]]) + first
    return among


class _Rows:
    """Some of a definition's news as rows, column by column."""

    def __init__(
        self,
        session: Session,
        evaluation: Evaluation,
        news: News,
        chosen: Places,
        versions: Versions,
    ) -> None:
        self._by = [repeat(each) for each in versions.by]
        self._now = _now(session, versions)
        self._results, self._before = news.results.at(chosen), news.before.at(chosen)
        picked, places = chosen.tolist(), news.places[chosen].tolist()
        self._of = [evaluation.ids[place] for place in places], repeat(news.definition)
        self._why = (
            [news.evidence[each] for each in picked],
            [_failure(evaluation, news, place) for place in places],
        )
        self._rests_on = [news.rests_on[each] for each in picked]

    def write(self, session: Session) -> None:
        """Write them: a result that says the same as before only rests on something else."""
        is_new = self._before.results.differ(self._results)
        said = self._results.stored()
        if is_new.any():
            self._put(session, is_new, said)
        if not is_new.all():
            rows = zip(*self._why, *self._by[1:], self._rests_on, repeat(self._now), *self._of)
            execute_many(session, RESTS_ON, list(compress(rows, ~is_new)), RESTS_ON_COLUMNS)

    def _put(self, session: Session, is_new: Flags, said: Said) -> None:
        since = self._before.since.copy()
        since[self._before.results.motions != self._results.motions] = self._now
        rows = zip(
            *self._of, *self._why, *said, self._rests_on, since, repeat(self._now), *self._by
        )
        _upsert_standings(session, list(compress(rows, is_new)))
        _, _, were = self._before.results.stored()
        changes = zip(*self._of, *self._why, *said, were, repeat(self._now), *self._by)
        _add_changes(session, list(compress(changes, is_new)))


def _failure(evaluation: Evaluation, news: News, place: int) -> str | None:
    return json_text(evaluation.failure(news, place)) if place in news.errors else None


def _now(session: Session, versions: Versions) -> object:
    """Now, as the driver takes it."""
    return times_as_stored(session, np.array([moment(versions.now)]))[0]


def _upsert_standings(session: Session, rows: Sequence[Row]) -> None:
    statement = insert_into(session, Standing)
    key = ("account_id", "definition")
    fixed = {*key, "workspace_id"}
    replaced = {name: statement.excluded[name] for name in STANDING_COLUMNS if name not in fixed}
    upsert = statement.on_conflict_do_update(index_elements=key, set_=replaced)
    execute_many(session, upsert, rows, STANDING_COLUMNS)


def _add_changes(session: Session, rows: Sequence[Row]) -> None:
    execute_many(session, insert(table_of(Change)), rows, CHANGE_COLUMNS)


def _write_departures(
    session: Session,
    ids: Sequence[int],
    departures: Departures,
    chosen: Sequence[int],
    versions: Versions,
) -> None:
    if not chosen:
        return
    _, _, were = departures.before.results.stored()
    now, name = _now(session, versions), departures.definition
    gone = [ids[place] for place in departures.places[chosen].tolist()]
    nothing, whys = (None, None, None), departures.explanations
    rows = [
        (each, name, None, json_text(whys[number]), *nothing, were[number], now, *versions.by)
        for each, number in zip(gone, chosen, strict=True)
    ]
    _add_changes(session, rows)
    own = (STANDINGS.c.definition == name, is_one_of(session, STANDINGS.c.account_id, gone))
    session.connection().execute(delete(STANDINGS).where(*own))


def _update_accounts(
    session: Session, evaluation: Evaluation, finished: Places, now: datetime
) -> None:
    """Only accounts of the workspace were read. To say so once more would lead SQLite to look
    through all of them."""
    ids = [evaluation.ids[place] for place in finished.tolist()]
    moved = finished[evaluation.has_moved[finished]]
    rows = zip(
        *evaluation.copies.at(moved).stored(),
        times_as_stored(session, evaluation.looks[moved]),
        [evaluation.ids[place] for place in moved.tolist()],
        strict=True,
    )
    copy = update(ACCOUNTS).where(ACCOUNTS.c.id == bindparam("own_id"))
    execute_many(session, copy, list(rows), UPDATED_COLUMNS)
    looked_at = update(ACCOUNTS).values(evaluated_at=now)
    session.connection().execute(looked_at.where(is_one_of(session, ACCOUNTS.c.id, ids)))

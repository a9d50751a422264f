"""The finder over a workspace's events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from pql.definitions import versions
from pql.events.store import EventStore
from pql.finder.adopting import Adoption, adopt
from pql.finder.after_outcome import after_outcome_alarms
from pql.finder.alarms import Alarm, NotSearched
from pql.finder.answers import Answer
from pql.finder.chance import Progress
from pql.finder.column_names import event_alarms
from pql.finder.columns import ValueTable
from pql.finder.documents import document
from pql.finder.measuring import measure_units
from pql.finder.population import Population, read_population
from pql.finder.preparing import Task
from pql.finder.questions import ACCOUNTS, LOOKED_AT, Questions, choose_questions
from pql.finder.recording_ends import recording_notices
from pql.finder.searching import search
from pql.finder.sentences import Wording
from pql.state.models import Account
from pql.state.store import State
from pql.trials import times_of


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked: what accounts had done after `days` that paid `within` so many days more.

    `unit` is `accounts` or `contacts`; `status` goes into the definition; `events` and `windows`
    (in days) left out are the most frequent events and 1, 3, 7 and 14 days. `known_at_start` are
    events that somebody knows to come before the outcome, whatever they are called. `until` is the
    last date (ISO 8601) of which everything was recorded; left out, the last that was heard.
    """

    days: int = 7
    within: int = 30
    unit: str = ACCOUNTS
    status: str = "trial"
    events: tuple[str, ...] | None = None
    windows: tuple[int, ...] | None = None
    seed: int = 0
    known_at_start: tuple[str, ...] = ()
    until: str | None = None


def run_finder(
    state: State,
    store: EventStore,
    workspace_id: int,
    parameters: Mapping[str, Any],
    *,
    progress: Progress,
    now: datetime,
) -> dict[str, Any]:
    """The analysis of kind `finder`: `parameters` are those of `Request`."""
    given: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in parameters.items()
    }
    answer = find(state, store, workspace_id, Request(**given), progress=progress, now=now)
    return document(answer)


def find(
    state: State,
    store: EventStore,
    workspace_id: int,
    request: Request,
    *,
    progress: Progress | None,
    now: datetime,
) -> Answer:
    """Search a workspace's past trials.

    Raises:
        EventNotRecorded: an event that was asked for was never recorded.
        WindowTooLong: a window is longer than the days after which trials are judged.
        RecordingNotBegun: the first event is later than `until`.
    """
    table, task = read_workspace(state, store, workspace_id, request, progress=progress, now=now)
    finding = search(table, task, progress)
    wording = Wording(request.unit, finding.columns)
    with state.reading() as session:
        lead_events = versions.current(session, workspace_id).file.leads.events
    adoption = Adoption(request.days, request.within, request.status, lead_events)
    return Answer(finding, wording, adopt(finding, wording, adoption))


def read_workspace(
    state: State,
    store: EventStore,
    workspace_id: int,
    request: Request,
    *,
    progress: Progress | None,
    now: datetime,
) -> tuple[ValueTable, Task]:
    """What a workspace's units had done, and how to search it."""
    until = None if request.until is None else date.fromisoformat(request.until)
    with state.reading() as session:
        lifecycle = versions.current(session, workspace_id).file.lifecycle
        population = read_population(
            store,
            session,
            workspace_id,
            days=request.days,
            within=request.within,
            unit=request.unit,
            now=now,
            until=until,
        )
        traits = list(_traits(session, workspace_id))
    questions = choose_questions(
        store,
        workspace_id,
        days=request.days,
        unit=request.unit,
        events_wanted=request.events,
        windows=request.windows,
        never=lifecycle.events,
        calendar=population.evidence.calendar,
        known_at_start=request.known_at_start,
    )
    task = Task(
        gap_days=request.days + request.within,
        seed=request.seed,
        alarms=tuple(_event_alarms(population, questions, request)),
        notices=() if until else tuple(recording_notices(population.evidence)),
        left_out=population.left_out,
        known_at_start=frozenset(request.known_at_start),
        not_searched=(*questions.not_asked, *traits),
    )
    return _table(store, workspace_id, questions, population, progress), task


def _traits(session: Session, workspace_id: int) -> Iterator[NotSearched]:
    """The traits of some accounts. They have no value of the time of the trial."""
    own = select(Account.traits).where(Account.workspace_id == workspace_id)
    some = session.scalars(own.order_by(Account.id).limit(LOOKED_AT))
    for name in sorted({name for traits in some if isinstance(traits, dict) for name in traits}):
        sentence = f"{name} is a trait: what it is today may follow from the outcome."
        yield NotSearched(name, sentence)


def _event_alarms(
    population: Population, questions: Questions, request: Request
) -> Iterator[Alarm]:
    """One of each event: what its times say counts more than its name."""
    late = list(after_outcome_alarms(population, questions))
    yield from late
    told = {alarm.source for alarm in late}
    rest = (name for name in questions.events if name not in told)
    yield from event_alarms(rest, request.known_at_start)


def _table(
    store: EventStore,
    workspace_id: int,
    questions: Questions,
    population: Population,
    progress: Progress | None,
) -> ValueTable:
    units = population.units
    columns = tuple(questions.columns())
    values = np.empty((0, len(columns)))
    if len(units):
        values = measure_units(store, workspace_id, questions, units, progress)
    return ValueTable(
        columns,
        values,
        population.converted,
        population.evidence.calendar.shown(times_of(units, "trial_started_at")),
        units["account_id"].to_numpy(np.int64),
    )

"""Keeps the benchmarks of every workspace in step with its definitions and its customers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from pql.benchmarks.comparing import Benchmarks
from pql.benchmarks.computing import measure_populations, percentile_rows
from pql.benchmarks.documents import compute_documents, save_documents
from pql.benchmarks.repository import latest_version, save, turned_round
from pql.benchmarks.segmenting import segment_traits
from pql.changes import ACCOUNT, mark_changed
from pql.definitions import versions
from pql.definitions.model import DefinitionFile
from pql.events.store import EventStore
from pql.setbacks import TOO_LARGE, Setbacks
from pql.state.models import Account, BenchmarkVersion, Workspace
from pql.state.store import State
from pql.trials import Traits, read_evidence, read_traits, trait_names
from pql.turns import in_turns, tell

LONGEST_AGE = timedelta(hours=24)
NO_AGE = timedelta()
MOVED = 0.05
"""The share by which the number of customers must change for a new computation."""

Fence = Callable[[Session], None]


def refresh_if_due(
    state: State, store: EventStore, now: datetime, fence: Fence, setbacks: Setbacks
) -> int:
    """Compute the benchmarks of each workspace whose are due; how many workspaces that were.

    Raises:
        pql.turns.WorkspacesFailed: those of some could not be computed; the others' are.
    """
    with state.reading() as session:
        workspaces = session.scalars(select(Workspace.id).order_by(Workspace.id)).all()
    refreshed: list[int] = []

    def refresh_one(workspace_id: int, _all: object) -> None:
        with state.reading() as session:
            if not is_due(session, workspace_id, now):
                return
            applied = versions.current(session, workspace_id)
        if setbacks.find(workspace_id, applied, now) is not None:
            return
        try:
            refresh(state, store, workspace_id, now, fence)
        except TOO_LARGE as error:
            setbacks.note(workspace_id, applied, error, now)
            raise
        refreshed.append(workspace_id)

    tell(in_turns(dict.fromkeys(workspaces, ()), refresh_one))
    return len(refreshed)


def is_due(session: Session, workspace_id: int, now: datetime) -> bool:
    """Whether there are none for the definitions in force, or they are asked for, moved or old."""
    definitions = versions.current(session, workspace_id)
    if not definitions.version_id:
        return False
    latest = latest_version(session, workspace_id, definitions.version_id)
    if latest is None:
        return True
    requested_at = session.scalar(
        select(Workspace.benchmarks_requested_at).where(Workspace.id == workspace_id)
    )
    is_asked_for = requested_at is not None and requested_at > latest.as_of
    age = now - latest.as_of
    is_old = age >= LONGEST_AGE or age < NO_AGE  # as of a time yet to come: the clock was ahead
    return is_asked_for or is_old or _moved(session, latest)


def refresh(
    state: State, store: EventStore, workspace_id: int, now: datetime, fence: Fence
) -> None:
    """Compute a workspace's benchmarks; where they say anything new, queue whom they speak of.

    Nothing is kept where other definitions came in force meanwhile: theirs are due then.

    Raises:
        DefinitionsTooLarge, EventsTooLarge, MemoryError: they cannot be computed.
    """
    with state.reading() as session:
        definitions = versions.current(session, workspace_id)
        definitions.check_size()
        evidence = read_evidence(store, session, workspace_id, now)
        traits = _traits(session, workspace_id, definitions.file)
        customers = count_customers(session, workspace_id)
        requested_at = session.get_one(Workspace, workspace_id).benchmarks_requested_at
    file = definitions.file
    measured = measure_populations(file, evidence)
    rows = percentile_rows(measured)
    benchmarks = Benchmarks(rows, smaller_is_better=turned_round(file))
    with state.reading() as session:
        if versions.newest_id(session, workspace_id) != definitions.version_id:
            return
    documents = compute_documents(file, evidence, measured, benchmarks, traits)
    with state.writing() as session:
        fence(session)
        version_id = definitions.version_id
        if versions.newest_id(session, workspace_id) != version_id:
            return
        saved = save(session, workspace_id, version_id, rows, customers=customers, as_of=now)
        save_documents(session, saved.version.id, documents)
        _answer(session, workspace_id, requested_at, now)
        if saved.is_new:
            _mark_population(session, workspace_id, file, now)


def _answer(
    session: Session, workspace_id: int, requested_at: datetime | None, now: datetime
) -> None:
    """See to it that a request by a clock that was ahead is not answered again and again."""
    if requested_at is not None and requested_at > now:
        asked = update(Workspace).where(
            Workspace.id == workspace_id, Workspace.benchmarks_requested_at == requested_at
        )
        session.execute(asked.values(benchmarks_requested_at=now))


def _traits(session: Session, workspace_id: int, file: DefinitionFile) -> Traits:
    names = segment_traits(file).union(
        *(trait_names(definition.criteria) for definition in file.definitions.values())
    )
    return read_traits(session, workspace_id, names)


def count_customers(session: Session, workspace_id: int) -> int:
    """How many outside accounts ever converted."""
    converted = select(func.count()).where(
        Account.workspace_id == workspace_id,
        Account.converted_at.is_not(None),
        Account.status != "internal",
    )
    return session.scalar(converted) or 0


def _moved(session: Session, latest: BenchmarkVersion) -> bool:
    change = abs(count_customers(session, latest.workspace_id) - latest.customers)
    return change > 0 and change >= MOVED * latest.customers


def _mark_population(
    session: Session, workspace_id: int, file: DefinitionFile, now: datetime
) -> None:
    statuses = {status for d in file.definitions.values() for status in d.population}
    accounts = session.scalars(
        select(Account.id).where(
            Account.workspace_id == workspace_id, Account.status.in_(sorted(statuses))
        )
    )
    mark_changed(session, workspace_id, ACCOUNT, accounts, now)

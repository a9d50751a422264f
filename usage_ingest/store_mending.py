"""What is wrong with the files beside the state, and making them fit again where that loses data.

A file that cannot be used is not deleted: it gets another name, and an empty one takes its place.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select

from pql.events.opening import event_store_file, open_event_store
from pql.events.store import EventStoreDamaged
from pql.settings import Settings
from pql.state.damage import StateDamaged
from pql.state.journal_file import (
    JournalOlder,
    begin_anew,
    check_journal,
    journal_file,
    raise_numbers,
)
from pql.state.models import IntakeCount
from pql.state.opening import opened_without_journal
from pql.state.store import State
from usage_ingest.loading.judging import STORED
from usage_ingest.store_check import EventStoreMismatch, compare
from usage_ingest.store_loss import accept_loss

BESIDE = ("", "-wal", "-shm", ".wal")
"""How the names of a store's files end."""


@dataclass(frozen=True, slots=True)
class Loss:
    """What going on costs: in words, what is wrong and what is gone by it."""

    problem: str
    lost: str


def find_losses(settings: Settings) -> list[Loss]:
    """What is wrong with the journal and the event store, nothing where both are fit.

    Raises:
        EventStoreBusy: the service runs. It has to be stopped.
        EventStoreMismatch: the event store is another state's; nothing can be made of it.
        StateDamaged, SchemaStale: of the state itself, which only a backup brings back.
    """
    with opened_without_journal(settings) as state:
        return [*_in_journal(state), *_in_event_store(settings, state)]


def go_on(settings: Settings, now: datetime) -> list[Path]:
    """Make journal and event store fit as they are; the new names of files that were set aside.

    Ended halfway, it can be done again.

    Raises:
        What `find_losses` raises.
    """
    with opened_without_journal(settings) as state:
        unusable = [*_unusable_journal(state), *_unusable_event_store(settings)]
    aside = [_set_aside(file, now) for file in unusable if file.exists()]
    with opened_without_journal(settings) as state:
        _mend_journal(state)
        with closing(open_event_store(settings)) as store:
            found = compare(state, store)
            if found.problem:
                accept_loss(state, store, found, now)
    return aside


def _in_journal(state: State) -> Iterator[Loss]:
    try:
        check_journal(state)
    except JournalOlder as error:
        yield Loss(str(error), "requests that were acknowledged after that time and not loaded")
    except StateDamaged as error:
        yield Loss(str(error), "requests that were acknowledged and not loaded yet")


def _in_event_store(settings: Settings, state: State) -> Iterator[Loss]:
    try:
        with closing(open_event_store(settings)) as store:
            found = compare(state, store)
    except EventStoreDamaged as error:
        with state.reading() as session:
            stored = func.coalesce(func.sum(IntakeCount.events), 0)
            number = session.scalar(select(stored).where(IntakeCount.fate == STORED))
        yield Loss(str(error), f"all {number:,} stored events")
        return
    if found.is_foreign:
        raise EventStoreMismatch(found.problem)
    if found.problem:
        number = found.missing.total() + (found.unknown if found.is_ahead else 0)
        yield Loss(found.problem, f"{number:,} events")


def _unusable_journal(state: State) -> Iterator[Path]:
    try:
        check_journal(state)
    except JournalOlder:
        return
    except StateDamaged:
        yield journal_file(state.database_url)


def _unusable_event_store(settings: Settings) -> Iterator[Path]:
    try:
        open_event_store(settings).close()
    except EventStoreDamaged:
        yield event_store_file(settings)


def _mend_journal(state: State) -> None:
    try:
        check_journal(state)
    except JournalOlder:
        with state.writing() as session:
            raise_numbers(state, session)
    except StateDamaged:
        with state.writing() as session:
            begin_anew(state, session)


def _set_aside(file: Path, now: datetime) -> Path:
    aside = file.with_name(f"{file.name}.unusable-{now:%Y%m%dT%H%M%S}")
    for end in BESIDE:
        beside = file.with_name(f"{file.name}{end}")
        if beside.exists():
            beside.rename(file.with_name(f"{aside.name}{end}"))
    return aside

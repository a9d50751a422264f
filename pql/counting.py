"""What became of every event of a workspace, counted in the stores themselves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pql.events.store import EventStore
from pql.metrics.recorded import count_stored
from pql.state.models import Account, Change, IntakeCount, JournalEntry, StagedBatch
from pql.state.models.intake import EXPIRED, LOST, REPLAY
from pql.state.store import State


@dataclass(frozen=True, slots=True)
class Counts:
    """Counts of events; `accounts` and `waiting` count accounts, and accounts and contacts.

    `journaled` is what was acknowledged, as journal and loader counted it. It equals `pending +
    stored + duplicates + quarantined + lost`, unless the event store has some twice.
    `pending` is not in the event store yet; `stored` is counted there. `lost` were stored until the
    event store lost them (see `usage_ingest.store_loss`). `waiting` are to be evaluated again.
    `notes` say of stored events why they do not count or what of them had no effect. `reasons` are
    those of the quarantined events, of which `expired` ones were let go when nobody had sent them
    through again for long.
    """

    journaled: int
    pending: int
    stored: int
    duplicates: int
    quarantined: int
    expired: int
    lost: int
    accounts: int
    waiting: int
    reasons: Mapping[str, int]
    notes: Mapping[str, int]


def count(state: State, store: EventStore, workspace_id: int) -> Counts:
    """Count in the order that errs on the safe side while the service runs.

    An event on its way is counted as pending for a moment too long, never too short: where
    `pending` is 0, `stored` is complete.
    """
    journal = _journal(state, workspace_id)
    stored = count_stored(store, workspace_id)
    with state.reading() as session:
        staged = {
            entry for ids in session.scalars(select(StagedBatch.journal_ids)) for entry in ids
        }
        fates = _fates(session, workspace_id)
        reasons = _reasons(session, workspace_id, "quarantined")
        notes = _reasons(session, workspace_id, "stored")
        accounts = _rows(session, Account, workspace_id)
        waiting = _rows(session, Change, workspace_id)
    unread = sum(number for entry, number in journal.items() if entry not in staged)
    expired = fates.pop(EXPIRED, 0)
    on_the_way = max(0, fates["stored"] - stored)
    return Counts(
        journaled=unread + fates.total(),
        pending=unread + on_the_way,
        stored=stored,
        duplicates=fates["duplicate"],
        quarantined=fates["quarantined"],
        expired=expired,
        lost=fates[LOST],
        accounts=accounts,
        waiting=waiting,
        reasons=reasons,
        notes=notes,
    )


def _journal(state: State, workspace_id: int) -> dict[int, int]:
    """How many events each journal entry holds."""
    # What is sent through again counts as quarantined until it is decided.
    entries = select(JournalEntry.id, JournalEntry.events).where(JournalEntry.channel != REPLAY)
    with state.journal_engine.connect() as connection:
        rows = connection.execute(entries.where(JournalEntry.workspace_id == workspace_id))
        return {row.id: row.events for row in rows}


def _fates(session: Session, workspace_id: int) -> Counter[str]:
    fates = (
        select(IntakeCount.fate, func.sum(IntakeCount.events))
        .where(IntakeCount.workspace_id == workspace_id)
        .group_by(IntakeCount.fate)
    )
    return Counter({fate: int(number) for fate, number in session.execute(fates)})


def _reasons(session: Session, workspace_id: int, fate: str) -> dict[str, int]:
    """How many events of that fate there are for each reason, the most frequent first."""
    number = func.sum(IntakeCount.events)
    reasons = (
        select(IntakeCount.reason, number)
        .where(
            IntakeCount.workspace_id == workspace_id,
            IntakeCount.fate == fate,
            IntakeCount.reason != "",
        )
        .group_by(IntakeCount.reason)
        .having(number > 0)
        .order_by(number.desc(), IntakeCount.reason)
    )
    return {reason: int(events) for reason, events in session.execute(reasons)}


def _rows(session: Session, model: type[Account] | type[Change], workspace_id: int) -> int:
    number = select(func.count()).select_from(model).where(model.workspace_id == workspace_id)
    return session.scalar(number) or 0

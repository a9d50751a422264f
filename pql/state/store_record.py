"""Reads and writes what the state knows of the stores beside it (see `StoreRecord`)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import case, select, update
from sqlalchemy.orm import Session

from pql.state.bulk import insert_into
from pql.state.models import StagedBatch
from pql.state.models.stores import ONLY_ROW, StoreRecord


def read_record(session: Session) -> StoreRecord:
    """The record; one that knows nothing where none was written yet."""
    found = session.get(StoreRecord, ONLY_ROW)
    return found or StoreRecord(id=ONLY_ROW, last_batch=0, last_entry=0, problem="")


def write_record(session: Session, **values: Any) -> None:
    """Write some columns of the record, and make it where there is none."""
    row = {"last_batch": 0, "last_entry": 0, "problem": ""} | values
    written = insert_into(session, StoreRecord).values(id=ONLY_ROW, **row)
    session.execute(written.on_conflict_do_update(index_elements=["id"], set_=values))


def note_loaded(session: Session, batch: int | None, entries: Collection[int]) -> None:
    """Note how far the event store and the journal go now. `batch`: None where it was empty."""
    last_batch, last_entry = StoreRecord.last_batch, StoreRecord.last_entry
    new_batch, new_entry = batch or 0, max(entries, default=0)
    session.execute(
        update(StoreRecord).values(
            last_batch=case((last_batch < new_batch, new_batch), else_=last_batch),
            last_entry=case((last_entry < new_entry, new_entry), else_=last_entry),
        )
    )


def note_problem(session: Session, words: str, now: datetime) -> None:
    """Note why the worker cannot use the event store; no words: it can."""
    write_record(session, problem=words, noted_at=now if words else None)


def last_entry_known(session: Session) -> int:
    """The highest number of a journal entry that was ever loaded or is about to be."""
    staged: list[int] = [
        number for ids in session.scalars(select(StagedBatch.journal_ids)) for number in ids
    ]
    return max([read_record(session).last_entry, *staged])


def last_batch_known(session: Session) -> int:
    """The highest number of a batch that the event store may have."""
    staged = session.scalars(select(StagedBatch.id)).all()
    return max([read_record(session).last_batch, *staged])

"""What the state knows of the stores beside it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from pql.state.base import Base, RowNumber

ONLY_ROW = 1


class StoreRecord(Base):
    """Which event store and which journal belong to this state, and how far they must go.

    One row. A store that was deleted, swapped or restored from an older backup is known by it.
    `problem` is why the worker cannot use the event store, since `noted_at`; empty while it can.
    """

    __tablename__ = "store_record"

    id: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=False)
    event_store: Mapped[str | None] = mapped_column(String(32))
    """The identity written in its file; `None` until a worker has opened it."""
    last_batch: Mapped[int] = mapped_column(RowNumber, default=0)
    """The highest number of a batch that the event store must have."""
    journal: Mapped[int | None] = mapped_column(RowNumber)
    """The number written in its file; `None` on PostgreSQL, where the journal is no file."""
    last_entry: Mapped[int] = mapped_column(RowNumber, default=0)
    """The highest number of a journal entry that was loaded."""
    problem: Mapped[str] = mapped_column(Text, default="")
    noted_at: Mapped[datetime | None]

"""What intake and loader keep: the journal, staged batches, receipts, quarantine and counts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from pql.state.base import JOURNAL_SCHEMA, Base, Identifier, RowNumber, WorkspaceKey


class JournalEntry(Base):
    """One acknowledged request, unpacked. Deleted once its events are in the event store.

    No foreign keys: on SQLite the journal is a file of its own.
    """

    __tablename__ = "journal_entry"
    # A number is never given twice: a deletion repeated after a crash must not hit a newer entry.
    __table_args__ = {"schema": JOURNAL_SCHEMA, "sqlite_autoincrement": True}

    id: Mapped[Identifier]
    workspace_id: Mapped[int] = mapped_column(RowNumber, index=True)
    source_id: Mapped[int | None] = mapped_column(RowNumber)
    channel: Mapped[str] = mapped_column(String(20))
    """Which translator reads the body: `segment`, `import`, ..."""
    call: Mapped[str] = mapped_column(String(20))
    """Which call it was: `batch`, `track`, `identify`, ..."""
    received_at: Mapped[datetime]
    events: Mapped[int]
    """How many events the body holds."""
    body: Mapped[bytes] = mapped_column(LargeBinary)


class StagedBatch(Base):
    """Events on their way into the event store, committed together with their receipts.

    The event store writes `id` in the transaction that appends `content`, so that appending again
    after a crash changes nothing. `journal_ids` are the journal entries it was made from.
    """

    __tablename__ = "staged_batch"
    # A number is never given twice: the event store skips a batch whose number it knows.
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[Identifier]
    created_at: Mapped[datetime]
    journal_ids: Mapped[list[Any]]
    content: Mapped[bytes] = mapped_column(LargeBinary)


class Receipt(Base):
    """What became of a message. `digest` is the 16-byte BLAKE2b of the message id.

    `expires_at` ends the deduplication window; imports keep theirs for good (`None`).
    """

    __tablename__ = "receipt"

    workspace_id: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=False)
    digest: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    fate: Mapped[str] = mapped_column(String(12))
    expires_at: Mapped[datetime | None] = mapped_column(index=True)


class IntakeCount(Base):
    """Events by source, fate and reason, added up in the transaction that decided the fate."""

    __tablename__ = "intake_count"

    workspace_id: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=False)
    source_id: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=False)
    """0 stands for imports, which have no key."""
    fate: Mapped[str] = mapped_column(String(12), primary_key=True)
    reason: Mapped[str] = mapped_column(String(50), primary_key=True, default="")
    events: Mapped[int] = mapped_column(RowNumber)


class QuarantinedEvent(Base):
    """An event that could not be used, with what was wrong and how to mend it."""

    __tablename__ = "quarantined_event"
    __table_args__ = (
        Index("ix_quarantined_event_workspace_received", "workspace_id", "received_at"),
    )

    id: Mapped[Identifier]
    workspace_id: Mapped[WorkspaceKey]
    source_id: Mapped[int | None] = mapped_column(RowNumber)
    channel: Mapped[str] = mapped_column(String(20))
    received_at: Mapped[datetime]
    message_id: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(String(50))
    detail: Mapped[str] = mapped_column(Text)
    content: Mapped[str] = mapped_column(Text)

"""What intake and loader keep: the journal, staged batches, quarantine and counts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, LargeBinary, String, Text
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
    """Events on their way into the event store, committed with all that was decided.

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
        Index("ix_quarantined_event_workspace_message", "workspace_id", "message_digest"),
    )

    id: Mapped[Identifier]
    workspace_id: Mapped[WorkspaceKey]
    source_id: Mapped[int | None] = mapped_column(RowNumber)
    channel: Mapped[str] = mapped_column(String(20))
    received_at: Mapped[datetime]
    message_id: Mapped[str | None] = mapped_column(Text)
    message_digest: Mapped[int | None] = mapped_column(BigInteger)
    """Finds a message id of any length: see `pql.events.digests`."""
    reason: Mapped[str] = mapped_column(String(50))
    detail: Mapped[str] = mapped_column(Text)
    content: Mapped[str] = mapped_column(Text)

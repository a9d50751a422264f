"""What intake and loader keep: the journal, staged batches, quarantine and counts."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from pql.state.base import JOURNAL_SCHEMA, Base, Identifier, RowNumber, WorkspaceKey

REPLAY = "replay"
"""The channel of quarantined events that are sent through again (`quarantine/replaying.py`)."""

EXPIRED = "expired"
"""What became of a quarantined event that nobody sent through again, and what such are counted as
besides: they stay counted as quarantined. See `usage_ingest.quarantine.expiring`."""


LOST = "lost"
"""What became of an event that was stored, when the event store lost it and the operator said to go
on without it. See `usage_ingest.store_loss`."""


class JournalEntry(Base):
    """One acknowledged request, unpacked. Deleted once its events are in the event store.

    No foreign keys: on SQLite the journal is a file of its own.
    """

    __tablename__ = "journal_entry"
    # A number is never given twice: a deletion repeated after a crash must not hit a newer entry.
    __table_args__ = (
        Index("ix_journal_entry_line", "workspace_id", "source_id", "id"),
        {"schema": JOURNAL_SCHEMA, "sqlite_autoincrement": True},
    )

    id: Mapped[Identifier]
    """Parts of a request that was too large have negative ones (`usage_ingest.journal`)."""
    workspace_id: Mapped[int] = mapped_column(RowNumber)
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
    `reconsider` says whom a decision about identity concerns, by row id: a workspace, its accounts
    and contacts, which are worked out again once the event store has the batch.
    """

    __tablename__ = "staged_batch"
    # A number is never given twice: the event store skips a batch whose number it knows.
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[Identifier]
    created_at: Mapped[datetime]
    journal_ids: Mapped[list[Any]]
    content: Mapped[bytes] = mapped_column(LargeBinary)
    reconsider: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    """How often it was begun to be appended after a process had died: see `LoadAttempt`."""


class LoadAttempt(Base):
    """A journal entry that is being loaded after a process died, or with which a load died.

    `deaths` counts these, and the one before, in which nobody knew what was being loaded.
    `under_way`: it is loaded now; found after a process died, it died with this one.
    """

    __tablename__ = "load_attempt"

    entry_id: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=False)
    deaths: Mapped[int]
    under_way: Mapped[bool]


class IntakeCount(Base):
    """Events by source, day, fate and reason, added up in the transaction that decided the fate.

    `day` is the day (UTC) of that transaction, `last_at` the time of the last one that counted.
    """

    __tablename__ = "intake_count"

    workspace_id: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=False)
    source_id: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=False)
    """0 stands for imports, which have no key."""
    fate: Mapped[str] = mapped_column(String(12), primary_key=True)
    reason: Mapped[str] = mapped_column(String(50), primary_key=True, default="")
    day: Mapped[date] = mapped_column(primary_key=True)
    events: Mapped[int] = mapped_column(RowNumber)
    last_at: Mapped[datetime]


class QuarantinedEvent(Base):
    """An event that could not be used, with what was wrong and how to mend it.

    `call`, `entry_id` and `position` are where it was in the journal, `sent_at` is its request's
    time by the sender's clock: what it takes to translate it again as if for the first time.
    `resolution` is what became of it when it was sent through again; where that was `quarantined`,
    another row has it, whose `replayed_from` names this one. `expired`: its content is gone.

    A request that is set aside as a whole has no `position`: `entry_id` is its journal entry's id,
    `content` its body and `events` how many it brought. Where its body could not be kept whole,
    `position` is 0 and `content` its beginning.
    """

    __tablename__ = "quarantined_event"
    __table_args__ = (
        Index("ix_quarantined_event_workspace_received", "workspace_id", "received_at"),
        Index("ix_quarantined_event_workspace_message", "workspace_id", "message_digest"),
        Index(
            "ix_quarantined_event_workspace_reason",
            "workspace_id",
            "resolution",
            "reason",
            "source_id",
            "received_at",
        ),
    )

    id: Mapped[Identifier]
    workspace_id: Mapped[WorkspaceKey] = mapped_column(index=False)
    source_id: Mapped[int | None] = mapped_column(RowNumber)
    channel: Mapped[str] = mapped_column(String(20))
    call: Mapped[str] = mapped_column(String(20))
    entry_id: Mapped[int | None] = mapped_column(RowNumber)
    position: Mapped[int | None]
    sent_at: Mapped[str | None] = mapped_column(Text)
    received_at: Mapped[datetime]
    quarantined_at: Mapped[datetime]
    message_id: Mapped[str | None] = mapped_column(Text)
    message_digest: Mapped[int | None] = mapped_column(BigInteger)
    """Finds a message id of any length: see `pql.events.digests`."""
    reason: Mapped[str] = mapped_column(String(50))
    detail: Mapped[str] = mapped_column(Text)
    content: Mapped[str] = mapped_column(Text)
    is_event: Mapped[bool]
    """Whether `content` is the event; else it is the beginning of a request nobody can read."""
    events: Mapped[int] = mapped_column(default=1, server_default="1")
    replayed_from: Mapped[int | None] = mapped_column(RowNumber)
    resolution: Mapped[str | None] = mapped_column(String(12))
    resolved_at: Mapped[datetime | None]
    resolved_by: Mapped[str | None] = mapped_column(String(100))

    @property
    def is_request(self) -> bool:
        """Whether it is a whole request, which can be loaded again."""
        return not self.is_event and self.position is None and self.entry_id is not None


class RecentEvent(Base):
    """One of the last events of a workspace, with what became of it: what the live view shows.

    The loader writes it in the transaction that decides the fate, and takes out the older ones.
    """

    __tablename__ = "recent_event"
    __table_args__ = (Index("ix_recent_event_workspace", "workspace_id", "id"),)

    id: Mapped[Identifier]
    workspace_id: Mapped[int] = mapped_column(
        RowNumber, ForeignKey("workspace.id", ondelete="CASCADE")
    )
    source_id: Mapped[int | None] = mapped_column(RowNumber)
    fate: Mapped[str] = mapped_column(String(12))
    reason: Mapped[str] = mapped_column(String(50))
    detail: Mapped[str | None] = mapped_column(Text)
    message_id: Mapped[str | None] = mapped_column(Text)
    kind: Mapped[str | None] = mapped_column(String(20))
    name: Mapped[str | None] = mapped_column(Text)
    account: Mapped[str | None] = mapped_column(String(512))
    """The key that the product gave it."""
    contact: Mapped[str | None] = mapped_column(Text)
    """The user id or anonymous id of the event."""
    received_at: Mapped[datetime]
    decided_at: Mapped[datetime]

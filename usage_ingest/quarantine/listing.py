"""The quarantine as the API and the command line ask for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session, defer

from pql.paging import LARGEST_NUMBER, Order, Page
from pql.state.bulk import chunks
from pql.state.models import ApiKey, QuarantinedEvent

ORDER = Order(
    "newest", QuarantinedEvent.__table__.c.id, int, QuarantinedEvent.__table__.c.id, descending=True
)


class QuarantinedEventUnknown(LookupError):
    """The workspace has no such event in quarantine."""

    def __init__(self, quarantined_id: int) -> None:
        super().__init__(f"there is no quarantined event {quarantined_id}; list them for their ids")


@dataclass(frozen=True, slots=True)
class QuarantineFilter:
    """Which events are asked for; what is `None` is not asked about.

    `source_id` is the id of the key that sent them, `since` the time from which on they were
    received.
    """

    reason: str | None = None
    source_id: int | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class QuarantinedSummary:
    """An event in quarantine as a list shows it. `source` is the name of its key.

    `events` is more than 1 for a request that was set aside as a whole.
    """

    id: int
    reason: str
    detail: str
    message_id: str | None
    source_id: int | None
    source: str | None
    channel: str
    received_at: datetime
    quarantined_at: datetime
    events: int


@dataclass(frozen=True, slots=True)
class QuarantinedDetail:
    """All there is to show about an event in quarantine.

    `content` is the event as it was sent; where `is_event` is False it is only what could be shown,
    and cannot be sent through again, unless `is_request`: then it is a whole request. `resolution`
    is what became of it when it was; `None` while it is in quarantine.
    """

    summary: QuarantinedSummary
    call: str
    sent_at: str | None
    content: str
    is_event: bool
    is_request: bool
    replayed_from: int | None
    resolution: str | None
    resolved_at: datetime | None
    resolved_by: str | None


def list_quarantine(
    session: Session,
    workspace_id: int,
    asked: QuarantineFilter,
    *,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[QuarantinedSummary]:
    """A page of what is in quarantine, the newest first, `limit` at most.

    Raises:
        pql.paging.CursorInvalid: `cursor` is not one that this list gave out.
    """
    query = _with_source(workspace_id).where(*conditions(asked), ORDER.after(cursor))
    shown = query.options(defer(QuarantinedEvent.content)).limit(limit + 1)
    rows = [_summary(row, source) for row, source in session.execute(ORDER.sorted(shown))]
    more = len(rows) > limit
    return Page(
        rows[:limit], ORDER.cursor(rows[limit - 1].id, rows[limit - 1].id) if more else None
    )


def count_reasons(session: Session, workspace_id: int, asked: QuarantineFilter) -> dict[str, int]:
    """How many there are of each reason, the most frequent first."""
    number = func.count()
    query = (
        select(QuarantinedEvent.reason, number)
        .where(QuarantinedEvent.workspace_id == workspace_id, *conditions(asked))
        .group_by(QuarantinedEvent.reason)
        .order_by(number.desc(), QuarantinedEvent.reason)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def show_quarantined(session: Session, workspace_id: int, quarantined_id: int) -> QuarantinedDetail:
    """One event, in quarantine or resolved.

    Raises:
        QuarantinedEventUnknown: the workspace has no such event.
    """
    own = QuarantinedEvent.id == min(quarantined_id, LARGEST_NUMBER)
    found = session.execute(_with_source(workspace_id).where(own)).first()
    if found is None:
        raise QuarantinedEventUnknown(quarantined_id)
    row, source = found
    return QuarantinedDetail(
        summary=_summary(row, source),
        call=row.call,
        sent_at=row.sent_at,
        content=row.content,
        is_event=row.is_event,
        is_request=row.is_request,
        replayed_from=row.replayed_from,
        resolution=row.resolution,
        resolved_at=row.resolved_at,
        resolved_by=row.resolved_by,
    )


def read_quarantine(
    session: Session,
    workspace_id: int,
    asked: QuarantineFilter,
    ids: Sequence[int] | None,
    most: int,
) -> Iterator[QuarantinedEvent]:
    """What is in quarantine, the oldest first, `most` at most; of `ids` where they are given."""
    query = select(QuarantinedEvent).where(
        QuarantinedEvent.workspace_id == workspace_id, *conditions(asked)
    )
    if ids is None:
        yield from session.scalars(query.order_by(QuarantinedEvent.id).limit(most))
        return
    for some in chunks(sorted(set(ids))[:most]):
        yield from session.scalars(
            query.where(QuarantinedEvent.id.in_(some)).order_by(QuarantinedEvent.id)
        )


def conditions(asked: QuarantineFilter) -> list[ColumnElement[bool]]:
    """The conditions for rows that are in quarantine and asked for."""
    found: list[ColumnElement[bool]] = [QuarantinedEvent.resolution.is_(None)]
    if asked.reason is not None:
        found.append(QuarantinedEvent.reason == asked.reason)
    if asked.source_id is not None:
        found.append(QuarantinedEvent.source_id == asked.source_id)
    if asked.since is not None:
        found.append(QuarantinedEvent.received_at >= asked.since)
    return found


def _with_source(workspace_id: int) -> Select[*tuple[Any, ...]]:
    return (
        select(QuarantinedEvent, ApiKey.name)
        .outerjoin(ApiKey, ApiKey.id == QuarantinedEvent.source_id)
        .where(QuarantinedEvent.workspace_id == workspace_id)
    )


def _summary(row: QuarantinedEvent, source: str | None) -> QuarantinedSummary:
    return QuarantinedSummary(
        id=row.id,
        reason=row.reason,
        detail=row.detail,
        message_id=row.message_id,
        source_id=row.source_id,
        source=source,
        channel=row.channel,
        received_at=row.received_at,
        quarantined_at=row.quarantined_at,
        events=row.events,
    )

"""What each source sent, and what became of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from pql.access import WRITE, list_keys
from pql.state.models import ApiKey, IntakeCount
from pql.state.models.intake import EXPIRED
from usage_ingest.loading.judging import DUPLICATE, QUARANTINED, STORED
from usage_ingest.translating.translation import NO_SOURCE

IMPORTS = "imports"


@dataclass(frozen=True, slots=True)
class FateCounts:
    """Events by fate. `reasons` are those of the quarantined ones, the most frequent first.

    `expired` ones are quarantined ones that were let go.

    `notes` are of stored ones: why some count for nothing, or what they asked for in vain.
    """

    stored: int
    duplicates: int
    quarantined: int
    expired: int
    reasons: Mapping[str, int]
    notes: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class SourceSummary:
    """A source and its events, of today (UTC) and in total. Imports have no key: `id` is `None`.

    `last_event_at` is when the last of its events was decided about.
    """

    id: int | None
    name: str
    hint: str | None
    created_at: datetime | None
    revoked_at: datetime | None
    last_event_at: datetime | None
    today: FateCounts
    total: FateCounts


def list_sources(session: Session, workspace_id: int, now: datetime) -> list[SourceSummary]:
    """Every key that sends events, or did, in the order they were made; imports last."""
    counts = _counts_by_source(session, workspace_id)
    found = [
        _summary(key, counts.get(key.id, []), now)
        for key in list_keys(session, workspace_id)
        if key.scope == WRITE or key.id in counts
    ]
    if NO_SOURCE in counts:
        found.append(_summary(None, counts[NO_SOURCE], now))
    return found


def _counts_by_source(session: Session, workspace_id: int) -> Mapping[int, Sequence[IntakeCount]]:
    grouped: defaultdict[int, list[IntakeCount]] = defaultdict(list)
    rows = select(IntakeCount).where(IntakeCount.workspace_id == workspace_id)
    for row in session.scalars(rows):
        grouped[row.source_id].append(row)
    return grouped


def _summary(key: ApiKey | None, counts: Sequence[IntakeCount], now: datetime) -> SourceSummary:
    return SourceSummary(
        id=key.id if key else None,
        name=key.name if key else IMPORTS,
        hint=key.hint if key else None,
        created_at=key.created_at if key else None,
        revoked_at=key.revoked_at if key else None,
        last_event_at=max((row.last_at for row in counts if row.fate != EXPIRED), default=None),
        today=_added_up(row for row in counts if row.day == now.date()),
        total=_added_up(counts),
    )


def _added_up(counts: Iterable[IntakeCount]) -> FateCounts:
    fates: defaultdict[str, int] = defaultdict(int)
    reasons: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for row in counts:
        fates[row.fate] += row.events
        if row.reason:
            reasons[row.fate][row.reason] += row.events
    return FateCounts(
        stored=fates[STORED],
        duplicates=fates[DUPLICATE],
        quarantined=fates[QUARANTINED],
        expired=fates[EXPIRED],
        reasons=_most_frequent_first(reasons[QUARANTINED]),
        notes=_most_frequent_first(reasons[STORED]),
    )


def _most_frequent_first(counts: Counter[str]) -> dict[str, int]:
    ordered = sorted(counts.items(), key=lambda reason: (-reason[1], reason[0]))
    return {reason: events for reason, events in ordered if events}

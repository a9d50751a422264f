"""Sending quarantined events through again, mended: what would come of it, and doing it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime

from pql.plans import versions as plans
from pql.settings import Settings
from pql.state.models import QuarantinedEvent
from pql.state.models.intake import REPLAY
from pql.state.store import State
from usage_ingest import journal
from usage_ingest.canonical import CanonicalEvent, Rejected
from usage_ingest.dialects.replayed import Origin, read, written
from usage_ingest.journal import NewEntry, StoredEntry
from usage_ingest.loading.planning import Planning
from usage_ingest.quarantine.listing import QuarantineFilter, read_quarantine
from usage_ingest.quarantine.mending import MendingRules, mended_text
from usage_ingest.quarantine.requests import Returning
from usage_ingest.translating.reading import Reader

MOST_AT_ONCE = 1_000
"""Events in one replay; who has more asks again."""
MOST_SHOWN = 100
"""Events that a preview shows one by one."""
ACCEPTED = "accepted"
"""What comes of an event that can be read; whether it is a duplicate shows when it is loaded."""
LOADED_AGAIN = "loaded_again"
"""What comes of the events of a whole request: nobody looks into it, loads died with it."""


class SelectionMissing(ValueError):
    """Nothing says which events to send through again."""

    def __init__(self) -> None:
        super().__init__("say which: ids, reason, source or since")


@dataclass(frozen=True, slots=True)
class Selection:
    """Which events to send through again: those of `asked`, and of `ids` where they are given.

    Raises:
        SelectionMissing: it would be everything.
    """

    ids: Sequence[int] | None = None
    asked: QuarantineFilter = field(default_factory=QuarantineFilter)

    def __post_init__(self) -> None:
        if self.ids is None and self.asked == QuarantineFilter():
            raise SelectionMissing


@dataclass(frozen=True, slots=True)
class Expected:
    """What would come of an event, mended: `reason` and `detail` where it stays in quarantine."""

    id: int
    outcome: str
    content: str
    reason: str | None = None
    detail: str | None = None
    kind: str | None = None
    name: str | None = None
    user_id: str | None = None
    anonymous_id: str | None = None
    account: str | None = None
    occurred_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Replay:
    """What a replay comes to, in events.

    `outcomes` counts what is expected of them, by reason where they stay in quarantine.
    `unreadable` are no events but requests that nobody can read. `more`: there are more than one
    replay takes.
    """

    selected: int
    outcomes: Mapping[str, int]
    unreadable: int
    more: bool
    expected: Sequence[Expected]


@dataclass(frozen=True, slots=True)
class Replaying:
    """Sends events of one workspace's quarantine through again."""

    state: State
    settings: Settings
    workspace_id: int

    def preview(self, selection: Selection, rules: MendingRules) -> Replay:
        """What would come of a replay. Writes nothing."""
        return self._prepare(selection, rules, by="")[0]

    def replay(self, selection: Selection, rules: MendingRules, by: str, now: datetime) -> Replay:
        """Put events back into the journal, mended, as received when they were first.

        A request that was set aside as a whole goes back as it was; rules do not concern it.

        They are in quarantine until the loader has decided about them, a second later. Asked twice,
        an event is still stored once: the loader drops what has left the quarantine
        (`resolving.py`).

        Raises:
            sqlalchemy.exc.SQLAlchemyError: the store failed, and nothing changed.
        """
        prepared, entries, request_ids = self._prepare(selection, rules, by)
        journal.append(self.state, entries)
        Returning(self.state, self.workspace_id).put_back(request_ids, by, now)
        return prepared

    def _prepare(
        self, selection: Selection, rules: MendingRules, by: str
    ) -> tuple[Replay, list[NewEntry], list[int]]:
        """What it comes to, the entries of events, and the ids of rows of whole requests."""
        rows = self._read(selection)
        chosen = rows[:MOST_AT_ONCE]
        events = [row for row in chosen if row.is_event]
        requests = [row for row in chosen if row.is_request]
        entries = [_entry(row, mended_text(row.content, rules), by) for row in events]
        expected = [
            _expected(row.id, entry, result)
            for row, entry, result in zip(events, entries, self._translate(entries), strict=True)
        ]
        outcomes = Counter(each.reason or each.outcome for each in expected)
        brought = sum(row.events for row in requests)
        prepared = Replay(
            selected=len(events) + brought,
            outcomes=dict((outcomes + Counter({LOADED_AGAIN: brought})).most_common()),
            unreadable=len(chosen) - len(events) - len(requests),
            more=len(rows) > len(chosen),
            expected=expected[:MOST_SHOWN],
        )
        return prepared, entries, [row.id for row in requests]

    def _read(self, selection: Selection) -> list[QuarantinedEvent]:
        most = MOST_AT_ONCE + 1
        with self.state.reading() as session:
            return list(
                read_quarantine(session, self.workspace_id, selection.asked, selection.ids, most)
            )

    def _translate(self, entries: Sequence[NewEntry]) -> list[CanonicalEvent | Rejected]:
        """What the loader will make of the entries."""
        numbered = [StoredEntry(**asdict(entry), id=0) for entry in entries]
        taken = Reader(self.state, self.settings).translate(numbered)
        with self.state.reading() as session:
            planning = Planning(plans.current(session, self.workspace_id), taken.columns)
        return [message.result for message in planning.hold(taken.messages)]


def _entry(row: QuarantinedEvent, content: str, by: str) -> NewEntry:
    origin = Origin(
        quarantined_id=row.id,
        channel=row.channel,
        entry_id=row.entry_id or 0,
        position=row.position or 0,
        sent_at=row.sent_at,
        replayed_by=by,
    )
    return NewEntry(
        workspace_id=row.workspace_id,
        source_id=row.source_id,
        channel=REPLAY,
        call=row.call,
        received_at=row.received_at,
        events=1,
        body=written(origin, content),
    )


def _expected(row_id: int, entry: NewEntry, result: CanonicalEvent | Rejected) -> Expected:
    content = read(entry.body)[1].decode()
    if isinstance(result, Rejected):
        return Expected(row_id, "quarantined", content, result.reason, result.detail)
    return Expected(
        row_id,
        ACCEPTED,
        content,
        kind=result.kind,
        name=result.name,
        user_id=result.user_id,
        anonymous_id=result.anonymous_id,
        account=result.account_key,
        occurred_at=result.occurred_at,
    )

"""What is worked out again once a decision about identity has reached the event store.

Events that changed hands may tell about the life cycle of the account they went to, and no longer
about that of the account they left. All of it rests on what the event store holds by then, so doing
it again after a crash changes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pandas as pd
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from pql.accounts.facts import FROM_EVENT, LONGEST_TEXT, Fact, FactReader
from pql.accounts.settling import add_facts, settle_accounts
from pql.changes import ACCOUNT, CONTACT, mark_changed
from pql.definitions import versions
from pql.events.schema import events
from pql.events.store import EventStore
from pql.state.bulk import chunks
from pql.state.models import AccountFact

SAID_BY_EVENT = "event "
"""How the detail of a fact begins that an event told."""

Known = tuple[int, AccountFact]
"""A fact with the account that it is about."""
Told = dict[tuple[int, str, datetime], str]
"""Names of events by account, what a fact from it says, and time."""


def to_reconsider(
    workspace_id: int, account_ids: Collection[int], contact_ids: Collection[int]
) -> dict[str, Any]:
    """Whom a decision concerns, as a staged batch keeps it."""
    return {
        "workspace_id": workspace_id,
        "account_ids": sorted(account_ids),
        "contact_ids": sorted(contact_ids),
    }


def reconsider(
    session: Session, store: EventStore, concerned: Mapping[str, Any], now: datetime
) -> None:
    """Learn from the events that accounts have now, and have all concerned scored again."""
    workspace_id: int = concerned["workspace_id"]
    account_ids: Sequence[int] = concerned["account_ids"]
    lifecycle = versions.current(session, workspace_id).file.lifecycle
    kept = _facts_told_by_events(session, workspace_id, account_ids)
    details = {fact.detail for _, fact in kept}
    reader = FactReader(lifecycle)
    told = _told(store, workspace_id, account_ids, details, reader)
    _forget(session, kept, told)
    add_facts(session, workspace_id, _learnt(kept, told, reader), now)
    settle_accounts(session, workspace_id, account_ids, lifecycle, now)
    mark_changed(session, workspace_id, ACCOUNT, account_ids, now)
    mark_changed(session, workspace_id, CONTACT, concerned["contact_ids"], now)


def _forget(session: Session, kept: Sequence[Known], told: Told) -> None:
    """What no event of the account says any more."""
    gone = [fact.id for account, fact in kept if (account, *_saying(fact)) not in told]
    for some in chunks(gone):
        session.execute(delete(AccountFact).where(AccountFact.id.in_(some)))


def _learnt(kept: Sequence[Known], told: Told, reader: FactReader) -> dict[int, list[Fact]]:
    known = {(account, *_saying(fact)) for account, fact in kept}
    learnt: defaultdict[int, list[Fact]] = defaultdict(list)
    for (account_id, detail, at), name in told.items():
        if (account_id, detail, at) not in known and reader.tells(name):
            learnt[account_id].append(reader.from_event(name, at))
    return learnt


def _facts_told_by_events(
    session: Session, workspace_id: int, account_ids: Collection[int]
) -> list[Known]:
    mine = select(AccountFact).where(
        AccountFact.workspace_id == workspace_id, AccountFact.known_from == FROM_EVENT
    )
    return [
        (fact.account_id, fact)
        for some in chunks(account_ids)
        for fact in session.scalars(mine.where(AccountFact.account_id.in_(some)))
    ]


def _told(
    store: EventStore,
    workspace_id: int,
    account_ids: Collection[int],
    details: Collection[str],
    reader: FactReader,
) -> Told:
    """The events of the accounts that tell, or told by other settings: their names."""
    names = {detail.removeprefix(SAID_BY_EVENT) for detail in details}
    told: Told = {}
    for some in chunks(account_ids):
        tracked = (
            events.c.workspace_id == workspace_id,
            events.c.kind == "track",
            events.c.account_id.in_(some),
        )
        present = store.frame(select(events.c.name).where(*tracked).distinct())["name"]
        asked = [name for name in present if reader.tells(name) or name in names]
        columns = (events.c.account_id, events.c.name, events.c.occurred_at)
        rows = select(*columns).where(*tracked, events.c.name.in_(asked)).distinct()
        for account_id, name, at in _rows(store.frame(rows)):
            told[account_id, _detail(name), at] = name
    return told


def _rows(frame: pd.DataFrame) -> list[tuple[int, str, datetime]]:
    times = frame["occurred_at"].dt.tz_localize(UTC).dt.to_pydatetime()
    return list(zip(frame["account_id"].astype(int), frame["name"], times, strict=True))


def _saying(fact: AccountFact) -> tuple[str, datetime]:
    return fact.detail, fact.effective_at


def _detail(name: str) -> str:
    return f"{SAID_BY_EVENT}{name}"[:LONGEST_TEXT]

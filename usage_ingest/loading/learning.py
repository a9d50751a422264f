"""What a load learns about the life cycle of accounts: facts by account id."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC

import pandas as pd
from sqlalchemy import func, select

from pql.accounts.facts import FROM_EVENT, FROM_IMPORT, Fact, FactReader
from pql.events.schema import events
from pql.events.store import EventStore
from pql.state.bulk import chunks
from usage_ingest.identity.placed import Placed
from usage_ingest.identity.placing import People
from usage_ingest.identity.records import AccountRecord

Learnt = Iterator[tuple[int, Fact]]
"""Facts, each with the id of the account that it is about."""


def gather(learnt: Iterable[tuple[int, Fact]]) -> dict[int, list[Fact]]:
    """The facts by account."""
    facts: defaultdict[int, list[Fact]] = defaultdict(list)
    for account_id, fact in learnt:
        facts[account_id].append(fact)
    return facts


def from_traits(people: People) -> Learnt:
    """What `group` calls and imported rows said."""
    for account, facts in people.facts.items():
        for fact in facts:
            yield _id(account), fact


def from_events(placed: Sequence[Placed], reader: FactReader) -> Learnt:
    """Named events start a status: `subscription_started`, say."""
    telling = set(filter(reader.tells, {each.event.name for each in placed}))
    for each in placed if telling else ():
        event = each.event
        if event.name in telling and event.kind == "track":
            known_from = FROM_IMPORT if event.known_from == FROM_IMPORT else FROM_EVENT
            fact = reader.from_event(event.name, event.occurred_at, known_from)
            yield from ((_id(account), fact) for account in each.accounts())


def from_stored_events(
    store: EventStore, workspace_id: int, people: People, reader: FactReader
) -> Learnt:
    """The same of events that were stored before anybody knew which account they belong to."""
    accounts = {
        attribution.origin.id: account
        for attribution in people.attributions
        if (account := attribution.contact.current().account)
    }
    for contact_ids in chunks(accounts.keys()):
        for row in _first_times(store, workspace_id, contact_ids).to_dict("records"):
            if reader.tells(row["name"]):
                at = row["occurred_at"].to_pydatetime().replace(tzinfo=UTC)
                yield _id(accounts[row["contact_id"]]), reader.from_event(row["name"], at)


def _id(account: AccountRecord) -> int:
    if account.id is None:
        raise LookupError(f"account {account.key!r} was not written yet")
    return account.id


def _first_times(
    store: EventStore, workspace_id: int, contact_ids: Collection[int | None]
) -> pd.DataFrame:
    statement = (
        select(
            events.c.contact_id,
            events.c.name,
            func.min(events.c.occurred_at).label("occurred_at"),
        )
        .where(
            events.c.workspace_id == workspace_id,
            events.c.kind == "track",
            events.c.account_id.is_(None),
            events.c.contact_id.in_(contact_ids),
        )
        .group_by(events.c.contact_id, events.c.name)
    )
    return store.frame(statement)

"""Keeps the provider's events, each once, and marks their customers to be taken up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from pql.state.bulk import chunks, insert_missing, table_of
from pql.state.models import BillingCustomer, BillingEvent
from usage_ingest.billing.stripe_events import ProviderEvent

EVENTS, CUSTOMERS = table_of(BillingEvent), table_of(BillingCustomer)


def keep_event(session: Session, workspace_id: int, event: ProviderEvent, now: datetime) -> bool:
    """Keep an event. False where it is there already: it was sent again, and changes nothing."""
    own = (EVENTS.c.workspace_id == workspace_id) & (EVENTS.c.event_id == event.event_id)
    if session.scalar(select(EVENTS.c.id).where(own)) is not None:
        return False
    row = {**asdict(event), "workspace_id": workspace_id, "received_at": now}
    insert_missing(session, BillingEvent, [row])
    customer = {
        "workspace_id": workspace_id,
        "customer_id": event.customer_id,
        "linked_by": "",
        "why": "",
        "candidates": [],
        "refused": [],
        "hints": {},
        "first_seen_at": now,
        "changed_at": now,
    }
    insert_missing(session, BillingCustomer, [customer])
    its = (CUSTOMERS.c.workspace_id == workspace_id) & (
        CUSTOMERS.c.customer_id == event.customer_id
    )
    session.execute(update(CUSTOMERS).where(its).values(changed_at=now))
    return True


def events_of(
    session: Session, workspace_id: int, customer_ids: Collection[str]
) -> dict[str, list[ProviderEvent]]:
    """The events that are kept, by customer."""
    found: defaultdict[str, list[ProviderEvent]] = defaultdict(list)
    for some in chunks(customer_ids):
        own = EVENTS.c.workspace_id == workspace_id, EVENTS.c.customer_id.in_(some)
        columns = (EVENTS.c[name] for name in ProviderEvent.__slots__)
        for row in session.execute(select(*columns).where(*own)):
            event = ProviderEvent(*row)
            found[event.customer_id].append(event)
    return found

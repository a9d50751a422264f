"""Going on with what is left, where a store lost what the state has stored in it.

What is lost is counted as lost from then on, so that the counts add up; who has fewer events by it
is evaluated again.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import pyarrow as pa
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from pql.changes import mark_everything_changed
from pql.events.duckdb_store import DuckDBEventStore
from pql.events.schema import ATTRIBUTION_SCHEMA, RESTORATION_SCHEMA
from pql.state.bulk import insert_into
from pql.state.models import (
    Contact,
    ContactAccount,
    ContactMerge,
    IntakeCount,
    Workspace,
)
from pql.state.models.intake import LOST
from pql.state.store import State
from pql.state.store_record import write_record
from usage_ingest.loading.judging import STORED
from usage_ingest.store_check import Comparison, EventStoreMismatch, compare


def accept_loss(state: State, store: DuckDBEventStore, found: Comparison, now: datetime) -> None:
    """Let the event store be the state's as it is. `found` is what `compare` found.

    Events of batches that the state knows nothing of go; what is left belongs to whom the state
    says. Ended halfway, it can be done again.

    Raises:
        EventStoreMismatch: it holds what another state stored.
    """
    if found.is_foreign:
        raise EventStoreMismatch(found.problem)
    if found.is_ahead:
        store.forget_batches_after(found.known_batch)
        found = compare(state, store)
    with state.writing() as session:
        concerned = list(session.scalars(select(Workspace.id).order_by(Workspace.id)))
        if not found.is_new:
            store.attribute(_accounts(session, concerned), _contacts(session))
        for (workspace_id, source_id), number in sorted(found.missing.items()):
            _count_as_lost(session, workspace_id, source_id, number)
        for workspace_id in concerned:
            mark_everything_changed(session, workspace_id, now)
        session.execute(update(Workspace).values(benchmarks_requested_at=now))
        write_record(session, event_store=store.identity, last_batch=store.last_batch(), problem="")


def _count_as_lost(session: Session, workspace_id: int, source_id: int, number: int) -> None:
    """Those that were stored last: an older copy of the event store lacks the newest."""
    own = (
        select(IntakeCount)
        .where(
            IntakeCount.workspace_id == workspace_id,
            IntakeCount.source_id == source_id,
            IntakeCount.fate == STORED,
            IntakeCount.events > 0,
        )
        .order_by(IntakeCount.day.desc(), IntakeCount.reason)
    )
    for row in list(session.scalars(own)):
        lost = min(number, row.events)
        number -= lost
        row.events -= lost
        _add_lost(session, row, lost)
        if not number:
            break
    session.flush()


def _add_lost(session: Session, stored: IntakeCount, lost: int) -> None:
    added = insert_into(session, IntakeCount).values(
        workspace_id=stored.workspace_id,
        source_id=stored.source_id,
        fate=LOST,
        reason=stored.reason,
        day=stored.day,
        events=lost,
        last_at=stored.last_at,
    )
    session.execute(
        added.on_conflict_do_update(
            index_elements=["workspace_id", "source_id", "fate", "reason", "day"],
            set_={"events": IntakeCount.events + lost},
        )
    )


def _contacts(session: Session) -> pa.Table:
    """Whose the events are of contacts that were ever merged."""
    merged = select(ContactMerge.origin_id).union(select(ContactMerge.target_id)).subquery()
    contacts = session.execute(
        select(Contact.workspace_id, Contact.id, Contact.merged_into_id).where(
            Contact.id.in_(select(merged))
        )
    )
    rows = [
        {
            "workspace_id": workspace_id,
            "original_contact_id": contact_id,
            "contact_id": merged_into_id or contact_id,
            "from_account_id": None,
            "to_account_id": None,
        }
        for workspace_id, contact_id, merged_into_id in contacts
    ]
    return pa.Table.from_pylist(rows, schema=RESTORATION_SCHEMA)


def _accounts(session: Session, workspace_ids: Collection[int]) -> pa.Table:
    """The first account of each contact: that of its events which came before it had one."""
    seen = session.execute(
        select(Contact.workspace_id, ContactAccount.contact_id, ContactAccount.account_id)
        .join(Contact, Contact.id == ContactAccount.contact_id)
        .where(Contact.workspace_id.in_(workspace_ids), Contact.merged_into_id.is_(None))
        .order_by(ContactAccount.first_seen_at.desc(), ContactAccount.account_id.desc())
    )
    first = {(workspace, contact): account for workspace, contact, account in seen}
    rows = [
        {
            "workspace_id": workspace_id,
            "from_contact_id": contact_id,
            "to_contact_id": contact_id,
            "account_id": account_id,
        }
        for (workspace_id, contact_id), account_id in first.items()
    ]
    return pa.Table.from_pylist(rows, schema=ATTRIBUTION_SCHEMA)

"""Reads all that the scores and stages of some contacts depend on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from pql.definitions.model import LeadSettings
from pql.events.store import EventStore
from pql.leads.scoring import Activity
from pql.metrics.recorded import contact_events
from pql.state.models import Account, Contact, ContactAccount, Lead

Activities = Mapping[int, tuple[Activity, ...]]


@dataclass(frozen=True, slots=True)
class KnownContact:
    """What a contact's score depends on, of its row."""

    id: int
    workspace_id: int
    email: str | None
    traits: Mapping[str, Any]
    account_id: int | None
    merged_into_id: int | None


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What the state says about some contacts. Leads and paying accounts are by contact id.

    `company_traits` are those of accounts, by account id.
    """

    contacts: Sequence[KnownContact]
    company_traits: Mapping[int, Mapping[str, Any]]
    leads: Mapping[int, Lead]
    paying: Mapping[int, str]


def read_activities(
    store: EventStore, workspace_id: int, contact_ids: Sequence[int], settings: LeadSettings
) -> Activities:
    """The events of these contacts that give points or move to a stage, by contact id."""
    names = {activity.event for activity in settings.activities} | set(settings.events)
    if not names:
        return {}
    found: defaultdict[int, list[Activity]] = defaultdict(list)
    frame = contact_events(store, workspace_id, contact_ids, names)
    times = frame["occurred_at"].dt.tz_localize("UTC").dt.to_pydatetime()
    for contact_id, name, at in zip(frame["contact_id"], frame["name"], times, strict=True):
        found[int(contact_id)].append(Activity(str(name), at))
    return {contact_id: tuple(activities) for contact_id, activities in found.items()}


def read_knowledge(session: Session, workspace_id: int, contact_ids: Sequence[int]) -> Knowledge:
    """The contacts with their accounts and leads. The leads are locked until the commit."""
    columns = (Contact.__table__.c[each.name] for each in fields(KnownContact))
    rows = session.execute(
        select(*columns).where(Contact.workspace_id == workspace_id, Contact.id.in_(contact_ids))
    )
    contacts = [KnownContact(*row) for row in rows]
    account_ids = {contact.account_id for contact in contacts if contact.account_id is not None}
    own = Account.workspace_id == workspace_id
    companies = session.execute(
        select(Account.id, Account.traits).where(own, Account.id.in_(account_ids))
    )
    # Locked: sales may be deciding on one of them at this moment.
    leads = session.scalars(
        select(Lead)
        .where(Lead.workspace_id == workspace_id, Lead.contact_id.in_(contact_ids))
        .order_by(Lead.contact_id)
        .with_for_update()
    )
    return Knowledge(
        contacts=contacts,
        company_traits={row.id: row.traits for row in companies},
        leads={lead.contact_id: lead for lead in leads},
        paying=_paying_accounts(session, workspace_id, contact_ids),
    )


def _paying_accounts(
    session: Session, workspace_id: int, contact_ids: Sequence[int]
) -> dict[int, str]:
    paying = (
        select(ContactAccount.contact_id, Account.name, Account.key)
        .join(Account, Account.id == ContactAccount.account_id)
        .where(ContactAccount.contact_id.in_(contact_ids))
        .where(Account.workspace_id == workspace_id, Account.status == "paying")
    )
    return {contact_id: name or key for contact_id, name, key in session.execute(paying)}

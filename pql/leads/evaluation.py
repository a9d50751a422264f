"""The stage that scores and moves changed contacts, and the sweep for those that time changes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, update
from sqlalchemy.orm import Session

from pql.calendars import Calendar
from pql.changes import CONTACT, TakenChange, finish_changes, mark_changed, take_changes
from pql.definitions import versions
from pql.definitions.versions import AppliedDefinitions
from pql.events.store import EventStore
from pql.known_time import is_believed
from pql.leads.assessment import Assessment, Standing, assess, explain
from pql.leads.knowledge import Activities, Knowledge, KnownContact, read_activities, read_knowledge
from pql.leads.merging import merge_leads
from pql.leads.scoring import Person
from pql.leads.stages import ADVOCATE, CUSTOMER, Move
from pql.leads.warming_up import RULE, warm_up
from pql.state.models import Account, Contact, ContactAccount, Lead, LeadMove
from pql.state.store import State
from pql.turns import in_turns, tell
from pql.workspace_settings import settings_of

CONTACTS_AT_ONCE = 1_000
LEADS_A_SWEEP = 10_000

Fence = Callable[[Session], None]


def evaluate_changed_leads(state: State, store: EventStore, now: datetime, fence: Fence) -> int:
    """Score contacts whose changes wait, at most 1,000, each workspace its share. Returns how many.

    Each workspace is a transaction of its own, and one that fails holds up no other.

    Raises:
        pql.leases.LeaseLost: from `fence`; the workspace it was raised for is left as it was.
        pql.turns.WorkspacesFailed: some workspaces failed, whose contacts wait as before.
    """
    with state.reading() as session:
        taken: defaultdict[int, list[TakenChange]] = defaultdict(list)
        for change in take_changes(session, CONTACT, CONTACTS_AT_ONCE):
            taken[change.workspace_id].append(change)

    def evaluate(workspace_id: int, changes: Sequence[TakenChange]) -> None:
        _evaluate_workspace(state, store, workspace_id, changes, now, fence)

    tell(in_turns(taken, evaluate))
    return sum(map(len, taken.values()))


def _evaluate_workspace(  # noqa: PLR0917 - the two stores, whose contacts, and how they are written
    state: State,
    store: EventStore,
    workspace_id: int,
    changes: Sequence[TakenChange],
    now: datetime,
    fence: Fence,
) -> None:
    ids = [change.subject_id for change in changes]
    with state.reading() as session:
        applied = versions.current(session, workspace_id)
    activities = read_activities(store, workspace_id, ids, applied.file.leads)
    with state.writing() as session:
        fence(session)
        merge_leads(session, workspace_id, ids, now)
        known = read_knowledge(session, workspace_id, ids)
        calendar = settings_of(session, workspace_id).calendar
        _evaluate(session, known, activities, applied, now, calendar)
        finish_changes(session, changes)


def mark_due_leads(session: Session, now: datetime) -> int:
    """Queue the leads that time or their account changed: points faded, an account began to pay.

    At most 10,000, of each workspace as many where more are due.
    """
    place = func.row_number().over(partition_by=Lead.workspace_id, order_by=Lead.contact_id)
    due = (
        select(Lead.workspace_id, Lead.contact_id)
        .join(Contact, Contact.id == Lead.contact_id)
        .where(Contact.merged_into_id.is_(None))
        .where(or_(Lead.next_evaluation_at <= now, _account_began_to_pay()))
        .order_by(place, Lead.workspace_id)
    )
    by_workspace: defaultdict[int, list[int]] = defaultdict(list)
    for workspace_id, contact_id in session.execute(due.limit(LEADS_A_SWEEP)):
        by_workspace[workspace_id].append(contact_id)
    for workspace_id, contact_ids in by_workspace.items():
        mark_changed(session, workspace_id, CONTACT, contact_ids, now)
    return sum(map(len, by_workspace.values()))


def mark_leads_ahead(session: Session, now: datetime) -> int:
    """Queue the leads evaluated at a time that is yet to come: the clock was ahead. How many.

    Whom it let go cold is an MQL again. That is not done while `now` is far behind: it may be this
    clock that is wrong, and what people see of the last weeks would be taken back.
    """
    if is_believed(session, now):
        warm_up(session, now)
    is_ahead = Lead.evaluated_at > now
    by_workspace: defaultdict[int, list[int]] = defaultdict(list)
    for workspace_id, contact_id in session.execute(
        select(Lead.workspace_id, Lead.contact_id).where(is_ahead)
    ):
        by_workspace[workspace_id].append(contact_id)
    for workspace_id, contact_ids in by_workspace.items():
        mark_changed(session, workspace_id, CONTACT, contact_ids, now)
    session.execute(update(Lead).where(is_ahead).values(evaluated_at=now))  # queued once
    return sum(map(len, by_workspace.values()))


def _account_began_to_pay() -> ColumnElement[bool]:
    pays = (
        select(ContactAccount.contact_id)
        .join(Account, Account.id == ContactAccount.account_id)
        .where(ContactAccount.contact_id == Lead.contact_id, Account.status == "paying")
    )
    return and_(Lead.stage.not_in((CUSTOMER, ADVOCATE)), exists(pays))


def _evaluate(  # noqa: PLR0917 - whom, by what, and when
    session: Session,
    known: Knowledge,
    activities: Activities,
    applied: AppliedDefinitions,
    now: datetime,
    calendar: Calendar,
) -> None:
    for contact in known.contacts:
        if contact.merged_into_id is not None:
            continue
        person = _person(contact, known, activities)
        if contact.id in known.leads or contact.email or person.activities:
            standing = _standing(contact, known, now)
            assessment = assess(person, standing, applied.file.leads, now, calendar)
            lead = known.leads.get(contact.id) or _new_lead(session, contact)
            _write(lead, assessment, applied.number, now)
            if assessment.move is not None:
                session.add(_record(contact, assessment.move, now))


def _person(contact: KnownContact, known: Knowledge, activities: Activities) -> Person:
    return Person(
        activities=activities.get(contact.id, ()),
        traits=contact.traits,
        company_traits=known.company_traits.get(contact.account_id or 0, {}),
    )


def _standing(contact: KnownContact, known: Knowledge, now: datetime) -> Standing:
    lead, paying = known.leads.get(contact.id), known.paying.get(contact.id)
    if lead is None:
        return Standing(None, now, None, paying)
    return Standing(lead.stage, lead.stage_since, lead.rejected_at, paying)


def _new_lead(session: Session, contact: KnownContact) -> Lead:
    lead = Lead(contact_id=contact.id, workspace_id=contact.workspace_id)
    session.add(lead)
    return lead


def _write(lead: Lead, assessment: Assessment, definition_version: int, now: datetime) -> None:
    lead.score, lead.grade = assessment.score.score, assessment.score.grade
    lead.stage, lead.stage_since = assessment.stage, assessment.stage_since
    lead.evaluated_at, lead.next_evaluation_at = now, assessment.next_evaluation_at
    lead.explanation = explain(assessment, definition_version, now)


def _record(contact: KnownContact, move: Move, now: datetime) -> LeadMove:
    return LeadMove(
        workspace_id=contact.workspace_id,
        contact_id=contact.id,
        from_stage=move.from_stage,
        to_stage=move.to_stage,
        moved_at=now,
        moved_by=RULE,
        reason=move.reason,
    )

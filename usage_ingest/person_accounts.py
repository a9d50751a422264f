"""Makes people accounts of their own, or no more, where a workspace decided so (an analysis).

People who come from then on are settled as they come. Those who were there before are settled a few
hundred at a time, each time in one transaction with a staged batch of what it does to their stored
events: ended halfway, it goes on where it was, and nothing is done twice.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pql import analyses, changed_settings
from pql.accounts.facts import FactReader
from pql.accounts.settling import add_facts
from pql.analyses import OPEN, AnalysisSummary, TooManyAnalyses
from pql.definitions import versions
from pql.events.store import EventStore
from pql.state.models import Analysis, Contact, Workspace
from pql.state.store import State
from pql.workspace_settings import NEVER, WorkspaceSettings, settings_of
from usage_ingest.identity.memberships import accounts_of
from usage_ingest.identity.people import people_of
from usage_ingest.identity.people_writing import write_people
from usage_ingest.loading import batches, learning
from usage_ingest.loading.filters import Filters
from usage_ingest.loading.internal_accounts import facts_about_internal_accounts
from usage_ingest.loading.reconsidering import to_reconsider
from usage_ingest.loading.staging import lock_workspaces, stage_decision

KIND = "person_accounts"
REQUESTED_BY = "the clock"
AT_ONCE = 500
"""People settled in one transaction: others who write wait no longer than that."""


def put_in_force(
    session: Session,
    workspace_id: int,
    changes: Mapping[str, str],
    *,
    now: datetime,
    changed_by: str,
) -> tuple[WorkspaceSettings, AnalysisSummary | None]:
    """Put settings of a workspace in force; the analysis that settles people, where they need one.

    Raises:
        WorkspaceSettingUnknown, WorkspaceSettingInvalid: see `pql.changed_settings`.
        TooManyAnalyses: see `request`.
    """
    in_force = changed_settings.put_in_force(
        session, workspace_id, changes, now=now, changed_by=changed_by
    )
    if "person_accounts" not in changes:
        return in_force, None
    return in_force, request(session, workspace_id, now=now, requested_by=changed_by)


def request_due(session: Session, now: datetime) -> int:
    """Ask for the analysis in every workspace that decided anew; in how many that was."""
    workspaces = session.scalars(select(Workspace.id).order_by(Workspace.id)).all()
    return sum(_request(session, each, now) for each in workspaces)


def request(
    session: Session, workspace_id: int, *, now: datetime, requested_by: str
) -> AnalysisSummary:
    """Ask for the analysis that settles the people of a workspace by its setting.

    Raises:
        TooManyAnalyses: as many of the workspace's analyses wait as may.
    """
    wanted = settings_of(session, workspace_id).person_accounts
    parameters = {"person_accounts": wanted}
    return analyses.request(
        session, workspace_id, KIND, parameters, now=now, requested_by=requested_by
    )


def run(
    state: State,
    store: EventStore,  # noqa: ARG001  the worker brings what is staged into it
    workspace_id: int,
    parameters: Mapping[str, Any],
    *,
    progress: Callable[[float, str], None],
    now: datetime,
) -> dict[str, Any]:
    """Settle everybody of a workspace. `parameters`: `person_accounts`, as it was decided."""
    wanted: str = parameters["person_accounts"]
    with state.reading() as session:
        everybody = session.scalar(select(func.count()).where(*_own(workspace_id))) or 0
    last, seen, settled = 0, 0, 0
    while True:
        with state.writing() as session:
            some = _next(session, workspace_id, last)
            if not some or settings_of(session, workspace_id).person_accounts != wanted:
                return {"person_accounts": wanted, "people": seen, "settled": settled}
            settled += settle_people(session, workspace_id, some, now)
        last, seen = some[-1], seen + len(some)
        progress(seen / max(everybody, seen), f"{seen} of {everybody} people looked at")


def settle_people(
    session: Session, workspace_id: int, contact_ids: Collection[int], now: datetime
) -> int:
    """Give these contacts the accounts that the workspace's setting wants; how many got another.

    What it does to stored events is staged.
    """
    lock_workspaces(session, [workspace_id])
    wanted = settings_of(session, workspace_id).person_accounts
    file = versions.current(session, workspace_id).file
    people = people_of(session, workspace_id, contact_ids, FactReader(file.lifecycle), wanted)
    before = {contact: contact.account for contact in people.contacts}
    for contact in people.contacts:
        people.settle(contact)
    settled = [each for each in people.contacts if each.account is not before[each]]
    if not settled:
        return 0
    people.finish()
    new_accounts = [account for account in people.accounts.values() if account.id is None]
    write_people(session, workspace_id, people, now)
    filters = Filters(file.filters, file.lifecycle.internal_domains)
    internal = facts_about_internal_accounts(
        session, people, [], new_accounts, filters=filters, now=now
    )
    facts = learning.gather([*learning.from_traits(people), *internal])
    add_facts(session, workspace_id, facts, now)
    content = batches.Content(
        batches.no_events(),
        batches.attributions_table(workspace_id, people.attributions),
        moves=batches.moves_table(workspace_id, people.moves()),
    )
    ids = [contact.id for contact in settled if contact.id is not None]
    concerned = to_reconsider(workspace_id, accounts_of(session, ids) | facts.keys(), ids)
    stage_decision(session, content, concerned, now)
    return len(settled)


def _own(workspace_id: int) -> tuple[Any, ...]:
    return Contact.workspace_id == workspace_id, Contact.merged_into_id.is_(None)


def _next(session: Session, workspace_id: int, last: int) -> Sequence[int]:
    some = select(Contact.id).where(*_own(workspace_id), Contact.id > last)
    return session.scalars(some.order_by(Contact.id).limit(AT_ONCE)).all()


def _request(session: Session, workspace_id: int, now: datetime) -> bool:
    wanted = settings_of(session, workspace_id).person_accounts
    asked = select(Analysis.parameters, Analysis.state).where(
        Analysis.workspace_id == workspace_id, Analysis.kind == KIND
    )
    last = session.execute(asked.order_by(Analysis.id.desc()).limit(1)).first()
    if wanted == (last.parameters["person_accounts"] if last else NEVER):
        return False
    if last and last.state in OPEN:
        return False
    try:
        request(session, workspace_id, now=now, requested_by=REQUESTED_BY)
    except TooManyAnalyses:
        return False
    return True

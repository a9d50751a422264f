"""Puts definitions in force, and has worked out and measured anew what they change."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from pql.accounts.settling import settle_known
from pql.changes import mark_everything_changed
from pql.definitions import versions
from pql.state.bulk import table_of
from pql.state.models import BillingCustomer, DefinitionVersion, Workspace

CUSTOMERS = table_of(BillingCustomer)


def put_in_force(
    session: Session,
    workspace_id: int,
    put: Callable[..., DefinitionVersion],
    *,
    now: datetime,
    applied_by: str,
    **asked: Any,
) -> DefinitionVersion:
    """Have `put`, `versions.apply` or `versions.revert`, put a version in force as `asked`.

    Where it is new, every account and lead is evaluated again. Where it says otherwise what makes
    up a life cycle, that of every account is worked out again before, from the facts that are kept;
    what the payment provider told is read anew by the worker, within seconds. All of it is in the
    session's transaction: ended halfway, nothing is in force.

    Raises:
        As `put`; then nothing was changed.
    """
    # Of two that apply at once the second must see what the first put in force.
    session.execute(select(Workspace.id).where(Workspace.id == workspace_id).with_for_update())
    before = versions.current(session, workspace_id)
    version = put(session, workspace_id, now=now, applied_by=applied_by, **asked)
    if version.number == before.number:
        return version
    after = versions.current(session, workspace_id)
    if after.file.lifecycle != before.file.lifecycle:
        settle_known(session, workspace_id, now)
        linked = (CUSTOMERS.c.workspace_id == workspace_id) & CUSTOMERS.c.account_id.is_not(None)
        session.execute(update(CUSTOMERS).where(linked).values(changed_at=now))
    mark_everything_changed(session, workspace_id, now)
    return version

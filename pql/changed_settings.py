"""Puts the settings of a workspace in force, and has measured anew what they change."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from pql.accounts.settling import settle_dates
from pql.changes import mark_everything_changed
from pql.fitted.requesting import request_anew
from pql.state.models import Workspace
from pql.workspace_settings import WorkspaceSettings, change_settings, settings_of


def put_in_force(
    session: Session,
    workspace_id: int,
    changes: Mapping[str, str],
    *,
    now: datetime,
    changed_by: str,
) -> WorkspaceSettings:
    """Change those settings that `changes` names, and return all that are then in force.

    In another time zone trials have other days: accounts, benchmarks and fitted scores are worked
    out again. What is stored stays as it is, in UTC.

    Raises:
        WorkspaceSettingUnknown, WorkspaceSettingInvalid: as `change_settings`.
    """
    before = settings_of(session, workspace_id)
    after = change_settings(session, workspace_id, changes)
    if after.time_zone != before.time_zone:
        session.flush()
        settle_dates(session, workspace_id, now)
        mark_everything_changed(session, workspace_id, now)
        session.get_one(Workspace, workspace_id).benchmarks_requested_at = now
        request_anew(session, workspace_id, now, changed_by)
    return after

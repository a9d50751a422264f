"""Applied versions of a workspace's tracking plan. The newest is in force."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

from sqlalchemy import delete
from sqlalchemy.orm import Session

from pql import versioned_texts
from pql.plans.model import Plan
from pql.plans.reading import read_plan
from pql.state.models import PlanVersion, PlanViolation

NO_PLAN = ""
"""The text of a version that took the plan out of force."""


class PlanUnknown(LookupError):
    """The workspace has no tracking plan."""

    def __init__(self) -> None:
        super().__init__("the workspace has no tracking plan; apply one first")


def apply(  # noqa: PLR0917 - what, where, when and who, in that order
    session: Session,
    workspace_id: int,
    text: str,
    file_name: str,
    now: datetime,
    applied_by: str,
    *,
    message: str = "",
) -> PlanVersion:
    """Put a plan in force, and begin to count violations anew.

    The text of the newest version again changes nothing.

    Raises:
        DefinitionError: the plan cannot be used; nothing was changed.
    """
    read_plan(text, file_name)
    return _put_in_force(session, workspace_id, text, now, applied_by, message)


def remove(
    session: Session, workspace_id: int, now: datetime, applied_by: str, *, message: str = ""
) -> PlanVersion:
    """Take the plan out of force: any event is as good as another from now on.

    Raises:
        PlanUnknown: none is in force.
    """
    current_version(session, workspace_id)
    return _put_in_force(session, workspace_id, NO_PLAN, now, applied_by, message)


def current_version(session: Session, workspace_id: int) -> PlanVersion:
    """The version in force.

    Raises:
        PlanUnknown: none was applied, or the last was removed.
    """
    newest = versioned_texts.newest(session, PlanVersion, workspace_id)
    if newest is None or newest.content == NO_PLAN:
        raise PlanUnknown
    return newest


def current(session: Session, workspace_id: int) -> Plan | None:
    """The plan in force, `None` where there is none."""
    newest = versioned_texts.newest(session, PlanVersion, workspace_id)
    return None if newest is None or newest.content == NO_PLAN else _read(newest.content)


def history(session: Session, workspace_id: int) -> Sequence[PlanVersion]:
    """The applied versions, the newest first."""
    return versioned_texts.history(session, PlanVersion, workspace_id)


def _put_in_force(  # noqa: PLR0917 - as `apply`
    session: Session, workspace_id: int, text: str, now: datetime, applied_by: str, message: str
) -> PlanVersion:
    version, is_new = versioned_texts.put_in_force(
        session, PlanVersion, workspace_id, text, now=now, applied_by=applied_by, message=message
    )
    if is_new:
        session.execute(delete(PlanViolation).where(PlanViolation.workspace_id == workspace_id))
    return version


@lru_cache(maxsize=64)
def _read(text: str) -> Plan:
    # The loader asks every second, and reading a file takes some hundredths of one.
    return read_plan(text, "plan")

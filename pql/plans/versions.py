"""Applied versions of a workspace's tracking plan. The newest is in force."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from hashlib import sha256

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from pql.plans.model import Plan
from pql.plans.reading import read_plan
from pql.state.models import PlanVersion, PlanViolation, Workspace


class PlanUnknown(LookupError):
    """The workspace has no tracking plan."""

    def __init__(self) -> None:
        super().__init__("the workspace has no tracking plan; apply one first")


def apply(  # noqa: PLR0917 - what, where, when and who, in that order
    session: Session, workspace_id: int, text: str, file_name: str, now: datetime, applied_by: str
) -> PlanVersion:
    """Put a plan in force, and begin to count violations anew.

    The text of the newest version again changes nothing.

    Raises:
        DefinitionError: the plan cannot be used; nothing was changed.
    """
    read_plan(text, file_name)
    # Two that apply at once must not both take the next number.
    session.execute(select(Workspace.id).where(Workspace.id == workspace_id).with_for_update())
    newest = next(iter(history(session, workspace_id, most=1)), None)
    digest = sha256(text.encode()).hexdigest()
    if newest is not None and newest.digest == digest:
        return newest
    version = PlanVersion(
        workspace_id=workspace_id,
        number=newest.number + 1 if newest else 1,
        content=text,
        digest=digest,
        applied_at=now,
        applied_by=applied_by,
    )
    session.add(version)
    session.execute(delete(PlanViolation).where(PlanViolation.workspace_id == workspace_id))
    session.flush()
    return version


def current_version(session: Session, workspace_id: int) -> PlanVersion:
    """The version in force.

    Raises:
        PlanUnknown: none was applied.
    """
    for version in history(session, workspace_id, most=1):
        return version
    raise PlanUnknown


def current(session: Session, workspace_id: int) -> Plan | None:
    """The plan in force, `None` where none was applied."""
    newest = history(session, workspace_id, most=1)
    return _read(newest[0].content) if newest else None


def history(session: Session, workspace_id: int, most: int | None = None) -> Sequence[PlanVersion]:
    """The applied versions, the newest first."""
    versions = select(PlanVersion).where(PlanVersion.workspace_id == workspace_id)
    return session.scalars(versions.order_by(PlanVersion.number.desc()).limit(most)).all()


@lru_cache(maxsize=64)
def _read(text: str) -> Plan:
    # The loader asks every second, and reading a file takes some hundredths of one.
    return read_plan(text, "plan")

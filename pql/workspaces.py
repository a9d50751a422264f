"""Workspaces: one SaaS product each, with its own keys, definitions and people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from pql.definitions import versions
from pql.state.models import Workspace

NAME_RULE = "1 to 100 printable characters without a space at either end"
LONGEST_NAME = 100


class WorkspaceNameInvalid(ValueError):
    """The name cannot be shown in one line, or not be told from another."""

    def __init__(self, name: str) -> None:
        super().__init__(f"workspace name {name!r} is not allowed; a name is {NAME_RULE}")


class WorkspaceExists(ValueError):
    """There is a workspace of this name already."""

    def __init__(self, name: str) -> None:
        super().__init__(f"workspace {name!r} exists already")


class WorkspaceUnknown(LookupError):
    """There is no workspace of this name. The message lists those that there are."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        names = ", ".join(known) or "none; create one with `pql workspace create NAME`"
        super().__init__(f"there is no workspace {name!r}; known: {names}")


def create_workspace(session: Session, name: str, now: datetime) -> Workspace:
    """Make a workspace, ready to use: with the starter definitions applied.

    Raises:
        WorkspaceNameInvalid: `name` breaks `NAME_RULE`.
        WorkspaceExists: the name is taken.
    """
    if not (0 < len(name) <= LONGEST_NAME and name.isprintable() and name == name.strip()):
        raise WorkspaceNameInvalid(name)
    if session.scalar(select(Workspace.id).where(Workspace.name == name)) is not None:
        raise WorkspaceExists(name)
    workspace = Workspace(name=name, created_at=now)
    session.add(workspace)
    session.flush()
    versions.apply(session, workspace.id, versions.starter(), versions.STARTER, now, "pql")
    return workspace


def find_workspace(session: Session, name: str) -> Workspace:
    """The workspace of this name.

    Raises:
        WorkspaceUnknown: there is none.
    """
    workspace = session.scalar(select(Workspace).where(Workspace.name == name))
    if workspace is None:
        raise WorkspaceUnknown(name, session.scalars(select(Workspace.name).limit(10)).all())
    return workspace

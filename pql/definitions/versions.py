"""Applied versions of a workspace's definition file. The newest is in force."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from importlib.resources import files

from sqlalchemy import select
from sqlalchemy.orm import Session

from pql.definitions.model import DefinitionFile
from pql.definitions.reading import read_definitions
from pql.state.models import DefinitionVersion, Workspace

STARTER = "starter.yaml"


@dataclass(frozen=True, slots=True)
class AppliedDefinitions:
    """The definitions in force. `version_id` and `number` are 0 where none were applied yet."""

    version_id: int
    number: int
    file: DefinitionFile


def apply(  # noqa: PLR0917 - what, where, when and who, in that order
    session: Session, workspace_id: int, text: str, file_name: str, now: datetime, applied_by: str
) -> DefinitionVersion:
    """Put a definition file in force. The text of the newest version again makes no new one.

    The caller then queues accounts and contacts with `changes.mark_everything_changed`.

    Raises:
        DefinitionError: the file cannot be used; nothing was changed.
    """
    read_definitions(text, file_name)
    # Two that apply at once must not both take the next number.
    session.execute(select(Workspace.id).where(Workspace.id == workspace_id).with_for_update())
    newest = _newest(session, workspace_id)
    digest = _digest(text)
    if newest is not None and newest.digest == digest:
        return newest
    version = DefinitionVersion(
        workspace_id=workspace_id,
        number=newest.number + 1 if newest else 1,
        content=text,
        digest=digest,
        applied_at=now,
        applied_by=applied_by,
    )
    session.add(version)
    session.flush()
    return version


def current(session: Session, workspace_id: int) -> AppliedDefinitions:
    """The definitions in force; those a workspace starts with where none were applied."""
    newest = _newest(session, workspace_id)
    if newest is None:
        return AppliedDefinitions(0, 0, _read(starter(), STARTER))
    return AppliedDefinitions(newest.id, newest.number, _read(newest.content, "definitions"))


def history(session: Session, workspace_id: int) -> Sequence[DefinitionVersion]:
    """Every applied version, the newest first."""
    versions = select(DefinitionVersion).where(DefinitionVersion.workspace_id == workspace_id)
    return session.scalars(versions.order_by(DefinitionVersion.number.desc())).all()


def starter() -> str:
    """The text of the definition file that a new workspace starts with."""
    return files("pql.definitions").joinpath(STARTER).read_text(encoding="utf-8")


def _newest(session: Session, workspace_id: int) -> DefinitionVersion | None:
    versions = select(DefinitionVersion).where(DefinitionVersion.workspace_id == workspace_id)
    return session.scalar(versions.order_by(DefinitionVersion.number.desc()).limit(1))


@lru_cache(maxsize=64)
def _read(text: str, file_name: str) -> DefinitionFile:
    # Evaluation asks every second, and reading a file takes some hundredths of one.
    return read_definitions(text, file_name)


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()

"""Texts that a workspace applies and that are kept: each is a version, the newest is in force."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from pql.state.models import Workspace
from pql.state.models.texts import TextVersion

Version = TypeVar("Version", bound=TextVersion)


class VersionUnknown(LookupError):
    """There is no version of this number."""

    def __init__(self, number: int, newest: int) -> None:
        known = f"the newest is {newest}" if newest else "none was applied yet"
        super().__init__(f"there is no version {number}; {known}")


class VersionOutdated(ValueError):
    """Another version was put in force since the one that a change was made from."""

    def __init__(self, expected: int, newest: TextVersion | None) -> None:
        number = newest.number if newest else 0
        who = f", applied by {newest.applied_by}" if newest else ""
        super().__init__(
            f"version {number} is in force{who}, not {expected}; "
            "look at what it changed, and make your change from there"
        )


def put_in_force(
    session: Session,
    kind: type[Version],
    workspace_id: int,
    text: str,
    *,
    now: datetime,
    applied_by: str,
    message: str,
    expected: int | None = None,
) -> tuple[Version, bool]:
    """Apply a text. Gives the version in force, and whether it is new: the same text makes none.

    `expected` is the version that must be in force (0 for none), where the caller asks for one.

    Raises:
        VersionOutdated: another version is in force; nothing was changed.
    """
    # Two that apply at once must not both take the next number.
    session.execute(select(Workspace.id).where(Workspace.id == workspace_id).with_for_update())
    before, digest = newest(session, kind, workspace_id), sha256(text.encode()).hexdigest()
    if before is not None and before.digest == digest:
        return before, False
    number = before.number if before else 0
    if expected is not None and expected != number:
        raise VersionOutdated(expected, before)
    version = kind(
        workspace_id=workspace_id,
        number=number + 1,
        content=text,
        digest=digest,
        applied_at=now,
        applied_by=applied_by,
        message=message,
    )
    session.add(version)
    session.flush()
    return version, True


def newest(session: Session, kind: type[Version], workspace_id: int) -> Version | None:
    """The version in force, `None` where none was applied."""
    return next(iter(history(session, kind, workspace_id, most=1)), None)


def newest_id(session: Session, kind: type[Version], workspace_id: int) -> int | None:
    """The id of the version in force, without its text; `None` where none was applied."""
    own = select(kind.id).where(kind.workspace_id == workspace_id)
    return session.scalar(own.order_by(kind.number.desc()).limit(1))


def find(session: Session, kind: type[Version], workspace_id: int, number: int) -> Version:
    """The version of this number.

    Raises:
        VersionUnknown: there is none.
    """
    last = newest(session, kind, workspace_id)
    if last is None or not 1 <= number <= last.number:
        raise VersionUnknown(number, last.number if last else 0)
    own = select(kind).where(kind.workspace_id == workspace_id, kind.number == number)
    return session.scalars(own).one()


def history(
    session: Session, kind: type[Version], workspace_id: int, most: int | None = None
) -> Sequence[Version]:
    """The applied versions, the newest first, at most `most`."""
    own = select(kind).where(kind.workspace_id == workspace_id)
    return session.scalars(own.order_by(kind.number.desc()).limit(most)).all()

"""Applied versions of a workspace's definition file. The newest is in force."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from importlib.resources import files

from sqlalchemy import select
from sqlalchemy.orm import Session

from pql import versioned_texts
from pql.definitions.differences import find_differences, summarize
from pql.definitions.model import DefinitionFile
from pql.definitions.problems import Problem
from pql.definitions.reading import read_applied, read_definitions
from pql.faults import PlainError
from pql.state.models import DefinitionVersion
from pql.versioned_texts import put_in_force

STARTER = "starter.yaml"


class DefinitionsTooLarge(PlainError):
    """The definitions in force ask for more than a file may; they were applied before it was so."""


@dataclass(frozen=True, slots=True)
class AppliedDefinitions:
    """The definitions in force. `version_id` and `number` are 0 where none were applied yet.

    `excesses` are what in the file is more than one may ask for today.
    """

    version_id: int
    number: int
    file: DefinitionFile
    excesses: tuple[Problem, ...] = ()

    def check_size(self) -> None:
        """Refuse to measure by definitions that ask for too much.

        Raises:
            DefinitionsTooLarge: they do; the text says what is too much and how to mend it.
        """
        if self.excesses:
            problem = self.excesses[0]
            raise DefinitionsTooLarge(
                f"too large: version {self.number} of the definitions has {problem.found} "
                f"({problem.allowed}); apply a smaller file"
            )


def apply(  # noqa: PLR0917 - what, where, when and who, in that order
    session: Session,
    workspace_id: int,
    text: str,
    file_name: str,
    now: datetime,
    applied_by: str,
    *,
    message: str = "",
    expected: int | None = None,
) -> DefinitionVersion:
    """Put a definition file in force. The text of the newest version again makes no new one.

    What rests on it is worked out again by `changed_definitions.put_in_force`. `expected` is the
    number of the version that the file was made from, where the caller knows it.

    Raises:
        DefinitionError: the file cannot be used; nothing was changed.
        VersionOutdated: another version than `expected` is in force; nothing was changed.
    """
    file = read_to_apply(text, file_name)
    version, is_new = put_in_force(
        session,
        DefinitionVersion,
        workspace_id,
        text,
        now=now,
        applied_by=applied_by,
        message=message,
        expected=expected,
    )
    if is_new and version.number > 1:
        before = find(session, workspace_id, version.number - 1)
        differences = find_differences(_read(before.content, "definitions")[0], file)
        version.changes = summarize(differences)
    return version


def revert(
    session: Session,
    workspace_id: int,
    number: int,
    now: datetime,
    applied_by: str,
) -> DefinitionVersion:
    """Put the text of an older version in force again, as a new version.

    Raises:
        VersionUnknown: there is no version of this number.
        DefinitionError: it was applied when other files were allowed; nothing was changed.
    """
    text, name = find(session, workspace_id, number).content, f"version {number}"
    message = f"back to {name}"
    return apply(session, workspace_id, text, name, now, applied_by, message=message)


def current(session: Session, workspace_id: int) -> AppliedDefinitions:
    """The definitions in force; those a workspace starts with where none were applied."""
    newest = versioned_texts.newest(session, DefinitionVersion, workspace_id)
    if newest is None:
        return AppliedDefinitions(0, 0, *_read(starter(), STARTER))
    return AppliedDefinitions(newest.id, newest.number, *_read(newest.content, "definitions"))


def newest_id(session: Session, workspace_id: int) -> int:
    """The id of the version in force, 0 where none was applied."""
    newest = versioned_texts.newest_id(session, DefinitionVersion, workspace_id)
    return newest or 0


def applied(session: Session, workspace_id: int, version_id: int) -> AppliedDefinitions:
    """The definitions of one of the workspace's versions, in force or not.

    Raises:
        sqlalchemy.exc.NoResultFound: it has no such version.
    """
    owned = DefinitionVersion.workspace_id == workspace_id
    version = session.scalars(
        select(DefinitionVersion).where(owned, DefinitionVersion.id == version_id)
    ).one()
    return AppliedDefinitions(version.id, version.number, *_read(version.content, "definitions"))


def current_text(session: Session, workspace_id: int) -> str:
    """The text in force; what a workspace starts with where none was applied."""
    newest = versioned_texts.newest(session, DefinitionVersion, workspace_id)
    return newest.content if newest else starter()


def find(session: Session, workspace_id: int, number: int) -> DefinitionVersion:
    """The version of this number.

    Raises:
        VersionUnknown: there is none.
    """
    return versioned_texts.find(session, DefinitionVersion, workspace_id, number)


def history(session: Session, workspace_id: int) -> Sequence[DefinitionVersion]:
    """Every applied version, the newest first."""
    return versioned_texts.history(session, DefinitionVersion, workspace_id)


def starter() -> str:
    """The text of the definition file that a new workspace starts with."""
    return files("pql.definitions").joinpath(STARTER).read_text(encoding="utf-8")


@lru_cache(maxsize=4)
def read_to_apply(text: str, file_name: str) -> DefinitionFile:
    """A file that may be put in force. Read it before the transaction that applies it.

    On SQLite that transaction keeps all other writers waiting; the file is remembered until then.

    Raises:
        DefinitionError: the file cannot be used.
    """
    return read_definitions(text, file_name)


@lru_cache(maxsize=64)
def _read(text: str, file_name: str) -> tuple[DefinitionFile, tuple[Problem, ...]]:
    # Evaluation asks every second, and reading a file takes some hundredths of one.
    return read_applied(text, file_name)

"""What a workspace decides about itself: its time zone, and who is an account.

Kept is only what differs from the defaults, so that a default that becomes better reaches those
who never chose.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from difflib import get_close_matches
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from sqlalchemy import select
from sqlalchemy.orm import Session

from pql.calendars import Calendar
from pql.state.models import Workspace

UTC_NAME = "UTC"
NEVER = "never"
WITHOUT_COMPANY = "without_company"
ALWAYS = "always"
PERSON_ACCOUNTS = (NEVER, WITHOUT_COMPANY, ALWAYS)
"""Which people are an account each: none, those whom no company's account holds, or all."""


class WorkspaceSettingUnknown(ValueError):
    """A workspace has no setting of this name."""

    def __init__(self, name: str) -> None:
        known = ", ".join(field.name for field in fields(WorkspaceSettings))
        super().__init__(f"a workspace has no setting {name!r}; it has {known}")


class WorkspaceSettingInvalid(ValueError):
    """The setting cannot have this value. The message says which it can have."""


@dataclass(frozen=True, slots=True)
class WorkspaceSettings:
    """The settings of one workspace. `time_zone` is a name of the IANA database."""

    time_zone: str = UTC_NAME
    person_accounts: str = NEVER

    def __post_init__(self) -> None:
        _check_time_zone(self.time_zone)
        if self.person_accounts not in PERSON_ACCOUNTS:
            allowed = ", ".join(PERSON_ACCOUNTS)
            raise WorkspaceSettingInvalid(
                f"person_accounts cannot be {self.person_accounts!r}; allowed: {allowed}"
            )

    @property
    def calendar(self) -> Calendar:
        """The days that are counted."""
        return Calendar(self.time_zone)

    @property
    def zone(self) -> ZoneInfo:
        """The time zone as `datetime` takes it."""
        return ZoneInfo(self.time_zone)


def settings_of(session: Session, workspace_id: int) -> WorkspaceSettings:
    """The settings in force."""
    chosen = session.scalar(select(Workspace.settings).where(Workspace.id == workspace_id))
    return WorkspaceSettings(**(chosen or {}))


def change_settings(
    session: Session, workspace_id: int, changes: Mapping[str, str]
) -> WorkspaceSettings:
    """Change those settings that `changes` names, and return all that are then in force.

    Raises:
        WorkspaceSettingUnknown: a name is not a setting's.
        WorkspaceSettingInvalid: a value is not allowed.
    """
    for name in changes:
        if name not in {field.name for field in fields(WorkspaceSettings)}:
            raise WorkspaceSettingUnknown(name)
    changed = replace(settings_of(session, workspace_id), **changes)
    workspace = session.get_one(Workspace, workspace_id)
    workspace.settings = _differing(changed)
    return changed


def _differing(settings: WorkspaceSettings) -> dict[str, str]:
    default = asdict(WorkspaceSettings())
    return {name: value for name, value in asdict(settings).items() if value != default[name]}


def _check_time_zone(name: str) -> None:
    """Names are compared with the list: `ZoneInfo` would look for any other as for a file."""
    known = _time_zones()
    if name not in known:
        close = get_close_matches(name, known, n=3)
        hint = f"; did you mean {', '.join(close)}?" if close else ""
        raise WorkspaceSettingInvalid(
            f"time zone {name!r} is not in the IANA database; a name is like Europe/Helsinki{hint}"
        )


@cache
def _time_zones() -> frozenset[str]:
    """All names. To list them opens hundreds of files, and every load reads the settings."""
    return frozenset(available_timezones())

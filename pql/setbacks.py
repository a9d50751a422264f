"""Workspaces whose measuring was too large, and when it is tried again.

What one workspace asks for must not be tried again every second: the others would wait for it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pql.definitions.versions import AppliedDefinitions, DefinitionsTooLarge
from pql.events.store import EventsTooLarge

RETRY_AFTER = timedelta(hours=1)

TOO_LARGE = (DefinitionsTooLarge, EventsTooLarge, MemoryError)
"""What is raised where measuring needs more than there is."""


@dataclass(frozen=True, slots=True)
class Setback:
    """By which definitions it was too large, why, and until when it is left alone."""

    version_id: int
    error: Exception
    until: datetime


@dataclass(frozen=True, slots=True)
class Setbacks:
    """What a worker remembers of them. Other definitions in force are tried at once."""

    _by_workspace: dict[int, Setback] = field(default_factory=dict)

    def note(
        self, workspace_id: int, applied: AppliedDefinitions, error: Exception, now: datetime
    ) -> None:
        """Remember that measuring by these definitions was too large."""
        self._by_workspace[workspace_id] = Setback(applied.version_id, error, now + RETRY_AFTER)

    def find(
        self, workspace_id: int, applied: AppliedDefinitions, now: datetime
    ) -> Exception | None:
        """Why these definitions are not to be measured by now; `None` where they are."""
        setback = self._by_workspace.get(workspace_id)
        if setback is None or setback.version_id != applied.version_id or setback.until <= now:
            return None
        return setback.error

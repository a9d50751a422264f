"""Waits until the service has worked everything out, by asking its stores."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from pql.benchmarks.repository import latest_version
from pql.counting import Counts, count
from pql.definitions import versions
from pql.events.opening import reach_event_store
from pql.settings import Settings
from pql.state.store import State
from pql.workspaces import find_workspace

TICK = 0.5
PATIENCE = 120.0
"""Seconds for each thing waited for."""


class TookTooLong(Exception):
    """The service did not get there in time."""


@dataclass(frozen=True, slots=True)
class Watch:
    """The stores of a running service, and the workspace that is watched."""

    settings: Settings
    state: State
    workspace: str

    def wait_until_loaded(self, events: int, tell: Callable[[int], None]) -> Counts:
        """Wait until so many events were journaled and none is pending.

        Raises:
            TookTooLong: that did not happen within `PATIENCE`.
        """

        def is_loaded() -> bool:
            counts = self._counts()
            tell(counts.stored)
            return counts.journaled >= events and counts.pending == 0

        _wait_for("the events were not all loaded", is_loaded)
        return self._counts()

    def refresh_benchmarks(self, tell: Callable[[int], None]) -> None:
        """Ask for new benchmarks and wait until every account is evaluated by them.

        Raises:
            TookTooLong: that did not happen within `PATIENCE`.
        """
        asked_at = datetime.now(UTC)
        with self.state.writing() as session:
            find_workspace(session, self.workspace).benchmarks_requested_at = asked_at

        def is_evaluated() -> bool:
            is_refreshed = self._benchmarks_as_of() >= asked_at  # before waiting is counted
            waiting = self._counts().waiting
            tell(waiting)
            return is_refreshed and not waiting

        _wait_for("the accounts were not all evaluated", is_evaluated)

    def _counts(self) -> Counts:
        store = reach_event_store(self.settings)
        try:
            return count(self.state, store, self._workspace_id())
        finally:
            store.close()

    def _benchmarks_as_of(self) -> datetime:
        with self.state.reading() as session:
            workspace_id = find_workspace(session, self.workspace).id
            definitions = versions.current(session, workspace_id)
            latest = latest_version(session, workspace_id, definitions.version_id or 0)
            return latest.as_of if latest else datetime.min.replace(tzinfo=UTC)

    def _workspace_id(self) -> int:
        with self.state.reading() as session:
            return find_workspace(session, self.workspace).id


def _wait_for(otherwise: str, is_there: Callable[[], bool]) -> None:
    give_up_at = time.monotonic() + PATIENCE
    while not is_there():
        if time.monotonic() > give_up_at:
            raise TookTooLong(f"{otherwise} within {PATIENCE:.0f} seconds")
        time.sleep(TICK)

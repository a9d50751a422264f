"""Every kind of analysis and the function that does it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from importlib import import_module
from typing import Any, Protocol

from pql.events.store import EventStore
from pql.faults import PlainError
from pql.fitted.requesting import KIND as FITTED_SCORE
from pql.state.store import State
from usage_ingest.person_accounts import KIND as PERSON_ACCOUNTS

DEFINITION_PLAN = "definition_plan"
FINDER = "finder"

# Imported by name, and only in the process of the analysis: they bring heavy libraries along.
KINDS: Mapping[str, str] = {
    DEFINITION_PLAN: "segments.replay.analysis:run",
    FINDER: "pql.finder.running:run_finder",
    FITTED_SCORE: "pql.fitted.analysis:run",
    PERSON_ACCOUNTS: "usage_ingest.person_accounts:run",
}


class AnalysisKindUnknown(PlainError):
    """An analysis was asked for by another release, which knows another kind."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"this release knows no analyses of kind {kind!r}")


class AnalysisFunction(Protocol):
    """What does an analysis; the result is a document as JSON can hold it.

    `progress` takes a share (0 to 1) and what is being done, in words. It raises
    `pql.analyses.ClaimLost` where nobody waits for the result any more: let it through.
    """

    def __call__(
        self,
        state: State,
        store: EventStore,
        workspace_id: int,
        parameters: Mapping[str, Any],
        *,
        progress: Callable[[float, str], None],
        now: datetime,
    ) -> Mapping[str, Any]: ...


def function_of(kind: str) -> AnalysisFunction:
    """The function that does analyses of a kind.

    Raises:
        AnalysisKindUnknown: this release has none of that name.
    """
    if kind not in KINDS:
        raise AnalysisKindUnknown(kind)
    module, _, name = KINDS[kind].partition(":")
    function: AnalysisFunction = getattr(import_module(module), name)
    return function

"""`pql analyse`: the process that the worker starts for an analysis."""

from __future__ import annotations

import os
import resource
import time
from datetime import UTC, datetime

import click
import structlog

from pql import analyses
from pql.analyses import Claim, ClaimLost
from pql.events.opening import ask_event_store
from pql.faults import summary
from pql.settings import MEBIBYTE, Settings
from pql.state.opening import opened_state
from pql.state.store import State
from routes.analysis_kinds import function_of
from routes.command_line.errors import is_expected, sentence
from routes.endings import end_with_parent

log = structlog.get_logger(__name__)

NICENESS = 10
"""What is asked for now and then yields to what runs all the time."""
REPORT_EVERY = 0.5
"""Seconds between two reports, and so how soon a process learns that it is cancelled."""


@click.command(hidden=True)
@click.argument("analysis_id", type=int)
@click.argument("attempt", type=int)
@click.pass_obj
def analyse(settings: Settings, analysis_id: int, attempt: int) -> None:
    """Do an analysis that the worker has claimed; ends when the worker does."""
    end_with_parent()
    os.nice(NICENESS)
    # What it allocates beyond this fails, in this process alone.
    resource.setrlimit(resource.RLIMIT_DATA, (settings.analysis_memory, settings.analysis_memory))
    claim = Claim(analysis_id, attempt)
    with opened_state(settings) as state:
        try:
            _do(settings, state, claim)
        except ClaimLost as lost:
            log.info("an analysis is given up", reason=str(lost))
        except Exception as error:
            log.exception("an analysis failed", analysis_id=analysis_id)
            with state.writing() as session:
                analyses.fail(session, claim, _words(error, settings), datetime.now(UTC))


def _do(settings: Settings, state: State, claim: Claim) -> None:
    with state.reading() as session:
        asked = analyses.find_claimed(session, claim)
    result = function_of(asked.kind)(
        state,
        ask_event_store(settings),
        asked.workspace_id,
        asked.parameters,
        progress=Reporter(state, claim),
        now=datetime.now(UTC),
    )
    with state.writing() as session:
        analyses.finish(session, claim, result, datetime.now(UTC))


class Reporter:
    """Writes progress down, not more often than anybody looks."""

    def __init__(self, state: State, claim: Claim) -> None:
        self._state = state
        self._claim = claim
        self._next_at = 0.0

    def __call__(self, share: float, text: str) -> None:
        """See `AnalysisFunction`.

        Raises:
            ClaimLost: the analysis was cancelled, or another process works on it.
        """
        if time.monotonic() < self._next_at:
            return
        with self._state.writing() as session:
            analyses.report(session, self._claim, share, text, datetime.now(UTC))
        self._next_at = time.monotonic() + REPORT_EVERY


def _words(error: Exception, settings: Settings) -> str:
    """What a user can mend in one line; anything else with its type."""
    if isinstance(error, MemoryError):
        return (
            f"too large: it needs more than ANALYSIS_MEMORY ({settings.analysis_memory // MEBIBYTE}"
            " MiB); ask about fewer weeks, metrics or accounts, or set ANALYSIS_MEMORY higher"
        )
    return sentence(error) if is_expected(error) else summary(error)

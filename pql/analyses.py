"""Long work that is asked for: queued, claimed by one worker, reported on, finished or cancelled.

The worker starts a process for each analysis it claims. That process reports and finishes with its
claim; once the analysis is cancelled, or was begun again by another worker, the claim holds no more
and whoever has it learns so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, delete, exists, func, select, update
from sqlalchemy.orm import Session

from pql.faults import PlainError
from pql.paging import LARGEST_NUMBER, Order, Page
from pql.state.models import Analysis, Workspace

QUEUED, RUNNING, DONE, FAILED, CANCELLED = "queued", "running", "done", "failed", "cancelled"
STATES = (QUEUED, RUNNING, DONE, FAILED, CANCELLED)
OPEN = (QUEUED, RUNNING)

MOST_OPEN = 5
"""Analyses of one workspace that may wait or run."""
MOST_ATTEMPTS = 3
"""How often an analysis is begun whose worker ended with it: it may be what ends the worker."""
LONGEST_TEXT = 200
LONGEST_ERROR = 2_000
GIVEN_UP = f"the worker ended {MOST_ATTEMPTS} times while it ran"


class AnalysisUnknown(LookupError):
    """The workspace has no analysis of this number."""


class AnalysisOver(ValueError):
    """It has ended already; there is nothing to cancel."""


class TooManyAnalyses(Exception):
    """As many of the workspace's analyses wait as may."""


class ClaimLost(PlainError):
    """The analysis was cancelled, or another process works on it: this one should end."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to work on an analysis."""

    analysis_id: int
    attempt: int


@dataclass(frozen=True, slots=True)
class AnalysisSummary:
    """What a list shows of an analysis."""

    id: int
    kind: str
    state: str
    progress: float
    progress_text: str
    requested_at: datetime
    requested_by: str
    started_at: datetime | None
    finished_at: datetime | None
    error: str


@dataclass(frozen=True, slots=True)
class AnalysisDetail:
    """All there is to show. `result` is `None` until it is done."""

    summary: AnalysisSummary
    parameters: Mapping[str, Any]
    result: Mapping[str, Any] | None


def request(
    session: Session,
    workspace_id: int,
    kind: str,
    parameters: Mapping[str, Any],
    *,
    now: datetime,
    requested_by: str,
) -> AnalysisSummary:
    """Queue an analysis. `parameters` are what its function is given, as JSON can hold them.

    Raises:
        TooManyAnalyses: the workspace has `MOST_OPEN` that are not over.
    """
    # Two that ask at once must not both be the last that fits.
    session.execute(select(Workspace.id).where(Workspace.id == workspace_id).with_for_update())
    open_ones = select(func.count()).where(
        Analysis.workspace_id == workspace_id, Analysis.state.in_(OPEN)
    )
    if (session.scalar(open_ones) or 0) >= MOST_OPEN:
        raise TooManyAnalyses(f"{MOST_OPEN} analyses wait already; cancel one or wait for it")
    analysis = Analysis(
        workspace_id=workspace_id,
        kind=kind,
        parameters=dict(parameters),
        state=QUEUED,
        requested_at=now,
        requested_by=requested_by,
    )
    session.add(analysis)
    session.flush()
    return _summary(analysis)


def has_work(session: Session) -> bool:
    """Whether any analysis is not over."""
    return bool(session.scalar(select(exists(select(Analysis.id).where(_is_in(*OPEN))))))


def claim_next(session: Session, now: datetime) -> Claim | None:
    """Claim the analysis that waits longest, `None` where none waits. One of several wins."""
    longest_waiting = select(Analysis.id).where(_is_in(QUEUED)).order_by(Analysis.id).limit(1)
    while (analysis_id := session.scalar(longest_waiting)) is not None:
        begun = {"state": RUNNING, "started_at": now, "heard_at": now, "progress": 0.0}
        taken = (
            update(Analysis)
            .where(Analysis.id == analysis_id, _is_in(QUEUED))
            .values(attempt=Analysis.attempt + 1, progress_text="", **begun)
        )
        if _changed(session, taken):
            attempt = select(Analysis.attempt).where(Analysis.id == analysis_id)
            return Claim(analysis_id, session.scalars(attempt).one())
    return None


def find_claimed(session: Session, claim: Claim) -> Analysis:
    """What is to be done.

    Raises:
        ClaimLost: see there.
    """
    found = session.scalar(select(Analysis).where(_holds(claim)))
    if found is None:
        raise _lost(claim)
    return found


def is_held(session: Session, claim: Claim) -> bool:
    """Whether the analysis is still to be done by whoever has the claim."""
    return bool(session.scalar(select(exists(select(Analysis.id).where(_holds(claim))))))


def report(session: Session, claim: Claim, share: float, text: str, now: datetime) -> None:
    """Tell how far it is: a share from 0 to 1, and what is being done.

    Raises:
        ClaimLost: see there.
    """
    told = {"progress": min(max(share, 0.0), 1.0), "progress_text": text[:LONGEST_TEXT]}
    if not _changed(session, update(Analysis).where(_holds(claim)).values(heard_at=now, **told)):
        raise _lost(claim)


def finish(session: Session, claim: Claim, result: Mapping[str, Any], now: datetime) -> None:
    """Keep the result.

    Raises:
        ClaimLost: see there; the result is not kept.
    """
    ended = {"state": DONE, "result": dict(result), "progress": 1.0, "progress_text": ""}
    if not _changed(
        session, update(Analysis).where(_holds(claim)).values(finished_at=now, **ended)
    ):
        raise _lost(claim)


def fail(session: Session, claim: Claim, error: str, now: datetime) -> bool:
    """Note that it failed and why; False where it was over already."""
    failed = {"state": FAILED, "error": error[:LONGEST_ERROR], "finished_at": now}
    return _changed(session, update(Analysis).where(_holds(claim)).values(**failed)) > 0


def give_back(session: Session, claim: Claim) -> None:
    """Let it wait again: the worker ends."""
    session.execute(update(Analysis).where(_holds(claim)).values(state=QUEUED, progress=0.0))


def recover(session: Session, now: datetime) -> int:
    """Put back what a worker that is gone left running; how many. Only the lease holder may."""
    given_up = update(Analysis).where(_is_in(RUNNING), Analysis.attempt >= MOST_ATTEMPTS)
    session.execute(given_up.values(state=FAILED, error=GIVEN_UP, finished_at=now))
    put_back = update(Analysis).where(_is_in(RUNNING)).values(state=QUEUED, progress=0.0)
    return _changed(session, put_back)


def cancel(session: Session, workspace_id: int, analysis_id: int, now: datetime) -> AnalysisSummary:
    """Cancel an analysis that waits or runs; its process ends within a second. Again: nothing.

    Raises:
        AnalysisUnknown: the workspace has none of this number.
        AnalysisOver: it is done or has failed.
    """
    own = (Analysis.id == analysis_id) & (Analysis.workspace_id == workspace_id)
    found = _find(session, workspace_id, analysis_id)
    cancelled = update(Analysis).where(own, _is_in(*OPEN)).values(state=CANCELLED, finished_at=now)
    _changed(session, cancelled)
    session.refresh(found)
    if found.state != CANCELLED:
        raise AnalysisOver(f"analysis {analysis_id} is {found.state} already")
    return _summary(found)


def show_analysis(session: Session, workspace_id: int, analysis_id: int) -> AnalysisDetail:
    """One analysis with its result.

    Raises:
        AnalysisUnknown: the workspace has none of this number.
    """
    found = _find(session, workspace_id, analysis_id)
    return AnalysisDetail(_summary(found), found.parameters, found.result)


def list_analyses(
    session: Session,
    workspace_id: int,
    *,
    state: str | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[AnalysisSummary]:
    """The newest first.

    Raises:
        CursorInvalid: the cursor was not given out by this list.
    """
    order = Order("requested", Analysis.requested_at, datetime, Analysis.id, descending=True)
    own = select(Analysis).where(Analysis.workspace_id == workspace_id, order.after(cursor))
    if state is not None:
        own = own.where(Analysis.state == state)
    rows = session.scalars(order.sorted(own).limit(limit + 1)).all()
    page = rows[:limit]
    last = page[-1] if len(rows) > limit else None
    next_cursor = None if last is None else order.cursor(last.requested_at, last.id)
    return Page([_summary(row) for row in page], next_cursor)


def purge(session: Session, before: datetime) -> int:
    """Delete analyses that ended before the moment; how many."""
    return _changed(session, delete(Analysis).where(Analysis.finished_at < before))


def _find(session: Session, workspace_id: int, analysis_id: int) -> Analysis:
    own = select(Analysis).where(
        Analysis.workspace_id == workspace_id, Analysis.id == min(analysis_id, LARGEST_NUMBER)
    )
    found = session.scalar(own)
    if found is None:
        raise AnalysisUnknown(f"no analysis {analysis_id} in this workspace")
    return found


def _summary(analysis: Analysis) -> AnalysisSummary:
    names = AnalysisSummary.__dataclass_fields__
    return AnalysisSummary(**{name: getattr(analysis, name) for name in names})


def _holds(claim: Claim) -> ColumnElement[bool]:
    mine = (Analysis.id == claim.analysis_id) & (Analysis.attempt == claim.attempt)
    return mine & _is_in(RUNNING)


def _is_in(*states: str) -> ColumnElement[bool]:
    return Analysis.state.in_(states)


def _lost(claim: Claim) -> ClaimLost:
    return ClaimLost(f"analysis {claim.analysis_id} is not ours any more")


def _changed(session: Session, statement: Any) -> int:
    return cast("CursorResult[Any]", session.execute(statement)).rowcount

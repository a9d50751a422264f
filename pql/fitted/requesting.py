"""When a workspace's fitted scores are to be checked or fitted again: asks for the analysis."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pql import analyses
from pql.analyses import OPEN, TooManyAnalyses
from pql.benchmarks.percentiles import MINIMUM_ACCOUNTS
from pql.benchmarks.repository import latest_version
from pql.definitions import versions
from pql.fitted.repository import current_models
from pql.state.models import Analysis, DefinitionVersion, Workspace

KIND = "fitted_score"
REFIT_AFTER = timedelta(days=7)
REQUESTED_BY = "the clock"


def request_due(session: Session, now: datetime) -> int:
    """Ask for the analysis in every workspace where it is due; in how many that was."""
    workspaces = session.scalars(select(Workspace.id).order_by(Workspace.id)).all()
    return sum(_request(session, each, now) for each in workspaces if is_due(session, each, now))


def request_anew(session: Session, workspace_id: int, now: datetime, requested_by: str) -> None:
    """Ask for every fit of a workspace that has any: what it rests on is counted otherwise now."""
    applied = versions.current(session, workspace_id)
    if current_models(session, workspace_id, applied.version_id):
        with suppress(TooManyAnalyses):
            analyses.request(session, workspace_id, KIND, {}, now=now, requested_by=requested_by)


def is_due(session: Session, workspace_id: int, now: datetime) -> bool:
    """Whether there is something to fit to, and something new since the analysis was asked for.

    New are definitions, a week that passed, and, where a model is in use, benchmarks: they are
    refreshed with what came of the newest trials, and that is what a model is checked against.
    """
    applied = versions.current(session, workspace_id)
    benchmarks = latest_version(session, workspace_id, applied.version_id)
    if benchmarks is None or benchmarks.customers < MINIMUM_ACCOUNTS:
        return False
    asked = select(Analysis.requested_at).where(
        Analysis.workspace_id == workspace_id, Analysis.kind == KIND
    )
    last = session.scalar(asked.order_by(Analysis.id.desc()).limit(1))
    if last is None or not is_recent(last, now):
        return not _is_open(session, workspace_id)
    definitions = session.get_one(DefinitionVersion, applied.version_id)
    models = current_models(session, workspace_id, applied.version_id)
    is_used = any(model.is_used for model in models.values())
    # What a clock that was ahead dates later than now is new once only: in a week at the latest.
    is_new = last < definitions.applied_at <= now or (is_used and last < benchmarks.as_of <= now)
    return is_new and not _is_open(session, workspace_id)


def is_recent(at: datetime, now: datetime) -> bool:
    """Whether it is less than a week ago. A time yet to come is of a clock that was ahead."""
    return at <= now < at + REFIT_AFTER


def _is_open(session: Session, workspace_id: int) -> bool:
    found = session.scalar(
        select(func.count()).where(
            Analysis.workspace_id == workspace_id,
            Analysis.kind == KIND,
            Analysis.state.in_(OPEN),
        )
    )
    return bool(found)


def _request(session: Session, workspace_id: int, now: datetime) -> bool:
    asked = {"only_due": True}
    try:
        analyses.request(session, workspace_id, KIND, asked, now=now, requested_by=REQUESTED_BY)
    except TooManyAnalyses:
        return False
    return True

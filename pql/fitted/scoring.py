"""The worker's job that scores accounts by the models in use, once their window has closed.

A fitted score speaks of a trial at the end of the window, as the trials it was fitted to were seen.
So the metrics are measured at that moment, not now, and the score stands until the time to convert
is over. What arrives late has the account evaluated again, and then it is scored again too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, and_, delete, or_, select
from sqlalchemy.orm import Session

from pql.calendars import Calendar
from pql.definitions import versions
from pql.definitions.model import Definition
from pql.definitions.versions import AppliedDefinitions
from pql.events.store import EventStore
from pql.fitted.applying import apply_all
from pql.fitted.documents import model_of
from pql.fitted.explaining import explain
from pql.fitted.model import Fitted
from pql.fitted.repository import current_models
from pql.metrics.measuring import measure
from pql.setbacks import TOO_LARGE, Setbacks
from pql.state.bulk import insert_into
from pql.state.models import Account, FittedModel, FittedScore
from pql.state.store import State
from pql.trials import day_ends, naive, read_recording
from pql.turns import tell
from pql.workspace_settings import settings_of

ACCOUNTS_AT_ONCE = 10_000
"""Of one definition in one run; the rest have their turn a minute later."""

Fence = Callable[[Session], None]


@dataclass(frozen=True, slots=True)
class Due:
    """Accounts that a model in use is to score: (account id, start of the trial, its end)."""

    model: FittedModel
    applied: AppliedDefinitions
    accounts: Sequence[tuple[int, Any, datetime | None]]
    calendar: Calendar


def score_due(
    state: State, store: EventStore, now: datetime, fence: Fence, setbacks: Setbacks
) -> int:
    """Score the accounts whose turn it is, and forget scores that hold no more; how many scored.

    Raises:
        pql.turns.WorkspacesFailed: those of some could not be measured. They hold up no other.
    """
    with state.reading() as session:
        workspaces = _workspaces(session)
        due = [
            (each, recorded_from(store, session, workspace_id, now))
            for workspace_id in workspaces
            for each in _due(session, workspace_id, now)
        ]
    if not workspaces:
        return 0
    rows: list[dict[str, Any]] = []
    failed: dict[int, Exception] = {}
    for each, begins in due:
        workspace_id = each.model.workspace_id
        if setbacks.find(workspace_id, each.applied, now) is None:
            try:
                rows += _rows(store, each, begins, now)
            except TOO_LARGE as error:
                setbacks.note(workspace_id, each.applied, error, now)
                failed[workspace_id] = error
    with state.writing() as session:
        fence(session)
        for workspace_id in workspaces:
            _forget(session, workspace_id, now)
        _upsert(session, rows)
    tell(failed)
    return len(rows)


def recorded_from(
    store: EventStore, session: Session, workspace_id: int, now: datetime
) -> pd.Timestamp:
    """Since when what trials do is known; in no past where nothing ever was recorded."""
    recording = read_recording(store, session, workspace_id, now)
    return pd.Timestamp.max if recording is None else recording.begins


def _workspaces(session: Session) -> Sequence[int]:
    """Those with a model in use, or with scores of one that was."""
    used = select(FittedModel.workspace_id).where(FittedModel.is_used)
    scored = select(FittedScore.workspace_id)
    return session.scalars(used.union(scored)).all()


def models_in_use(
    session: Session, workspace_id: int
) -> list[tuple[FittedModel, Definition, AppliedDefinitions]]:
    """The models by which accounts are scored now, with their definitions."""
    applied = versions.current(session, workspace_id)
    models = current_models(session, workspace_id, applied.version_id)
    return [
        (models[name], definition, applied)
        for name, definition in applied.file.definitions.items()
        if name in models and models[name].is_used
    ]


def is_open(
    model: FittedModel, definition: Definition, now: datetime, calendar: Calendar
) -> ColumnElement[bool]:
    """Accounts of the definition whose window has closed and whose time to convert is not over."""
    window, whole = model.window_days, model.window_days + model.horizon_days
    return and_(
        Account.workspace_id == model.workspace_id,
        Account.status.in_(definition.population),
        Account.trial_started_at <= calendar.latest_start(window, now),
        Account.trial_started_at > calendar.latest_start(whole, now),
    )


def _due(session: Session, workspace_id: int, now: datetime) -> list[Due]:
    found = []
    calendar = settings_of(session, workspace_id).calendar
    for model, definition, applied in models_in_use(session, workspace_id):
        own = and_(
            FittedScore.account_id == Account.id,
            FittedScore.definition == model.definition,
            FittedScore.model_id == model.id,
        )
        asked = (
            select(Account.id, Account.trial_started_at, Account.trial_ends_at)
            .outerjoin(FittedScore, own)
            .where(is_open(model, definition, now, calendar))
            .where(
                or_(
                    FittedScore.account_id.is_(None),
                    FittedScore.scored_at < Account.evaluated_at,
                    FittedScore.scored_at > now,  # by a clock that was ahead
                )
            )
            .order_by(Account.id)
            .limit(ACCOUNTS_AT_ONCE)
        )
        accounts = [(row[0], row[1], row[2]) for row in session.execute(asked)]
        if accounts:
            found.append(Due(model, applied, accounts, calendar))
    return found


def _rows(store: EventStore, due: Due, begins: pd.Timestamp, now: datetime) -> list[dict[str, Any]]:
    return [
        _row(due.model, account_id, fitted, as_of, now)
        for account_id, fitted, as_of in fitted_of(store, due, begins)
    ]


def fitted_of(
    store: EventStore, due: Due, begins: pd.Timestamp
) -> list[tuple[int, Fitted, datetime]]:
    """The fitted score of each account that is due, with when its window closed.

    Args:
        begins: what trials that began earlier did is unknown.
    """
    due.applied.check_size()
    model = model_of(due.model.model or {})
    moments = _moments(due)
    metrics = [due.applied.file.metrics[name] for name in model.metrics]
    values = measure(store, due.model.workspace_id, metrics, moments, calendar=due.calendar)
    fitted = apply_all(model, {name: values[name].to_numpy() for name in model.metrics})
    unwatched = Fitted(None, None, None, None, None, (), unknown=model.metrics)
    is_watched = moments["trial_started_at"] >= begins
    judged_at = moments["as_of"].dt.tz_localize(UTC).dt.to_pydatetime()
    return [
        (account[0], each if known else unwatched, at)
        for account, each, known, at in zip(
            due.accounts, fitted, is_watched, judged_at, strict=True
        )
    ]


def _moments(due: Due) -> pd.DataFrame:
    moments = pd.DataFrame(
        [
            (number, account_id, naive(start), end and naive(end))
            for number, (account_id, start, end) in enumerate(due.accounts)
        ],
        columns=["moment_id", "account_id", "trial_started_at", "trial_ends_at"],
    )
    times = ("trial_started_at", "trial_ends_at")
    moments = moments.astype(dict.fromkeys(times, "datetime64[us]"))
    return moments.assign(as_of=day_ends(moments, due.model.window_days, due.calendar))


def _row(
    model: FittedModel, account_id: int, fitted: Fitted, as_of: datetime, now: datetime
) -> dict[str, Any]:
    return {
        "account_id": account_id,
        "definition": model.definition,
        "workspace_id": model.workspace_id,
        "model_id": model.id,
        "scored_at": now,
        "score": fitted.score,
        "probability": fitted.probability,
        "low": fitted.low,
        "high": fitted.high,
        "explanation": explain(fitted, model.horizon_days, as_of),
    }


def _forget(session: Session, workspace_id: int, now: datetime) -> None:
    """Delete scores by models not in use, and of accounts that no model speaks of any more."""
    calendar = settings_of(session, workspace_id).calendar
    holds = [
        and_(
            FittedScore.model_id == model.id,
            FittedScore.account_id.in_(
                select(Account.id).where(is_open(model, definition, now, calendar))
            ),
        )
        for model, definition, _ in models_in_use(session, workspace_id)
    ]
    old = delete(FittedScore).where(FittedScore.workspace_id == workspace_id)
    session.execute(old.where(~or_(*holds)) if holds else old)


def _upsert(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    if not rows:
        return
    statement = insert_into(session, FittedScore)
    key = ["account_id", "definition"]
    replaced = {name: statement.excluded[name] for name in rows[0] if name not in key}
    upsert = statement.on_conflict_do_update(index_elements=key, set_=replaced)
    session.connection().execute(upsert, list(rows))

"""The fitted scores of a workspace as pages, API and command line show them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pql.accounts.describing import find_account
from pql.accounts.querying import DefinitionUnknown
from pql.definitions import versions
from pql.fitted.repository import current_models
from pql.state.models import Account, FittedModel, FittedScore

NEVER_FITTED = "Not used: no score was fitted for this definition yet."


@dataclass(frozen=True, slots=True)
class ModelSummary:
    """The fitted score of a definition in force: used or not, why, and how it was judged.

    `terms` are the model's, without bootstrap fits. All but the first three are `None` where no
    score was fitted yet; `check` is what trials that began since say.
    """

    definition: str
    is_used: bool
    reason: str
    fitted_at: datetime | None = None
    window_days: int | None = None
    horizon_days: int | None = None
    model: Mapping[str, Any] | None = None
    evaluation: Mapping[str, Any] | None = None
    checked_at: datetime | None = None
    check: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class AccountFitted:
    """What the fitted score of a definition says of an account.

    `rank` is its place among the `of` accounts that have a score now, 1 for the highest. The
    numbers are `None` where there is no score: it is not used, or the window is still open.
    """

    definition: str
    is_used: bool
    reason: str
    window_days: int | None
    scored_at: datetime | None = None
    score: int | None = None
    probability: float | None = None
    low: float | None = None
    high: float | None = None
    base: int | None = None
    parts: Sequence[Mapping[str, Any]] = ()
    rank: int | None = None
    of: int | None = None
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class RankedAccount:
    """A line of the list of scored accounts. `is_used`: whether the score is one to go by."""

    rank: int
    id: str
    name: str | None
    score: int | None
    low: float | None
    high: float | None
    sentence: str
    is_used: bool = True


def list_models(
    session: Session, workspace_id: int, definition: str | None = None
) -> list[ModelSummary]:
    """The fitted score of every definition in force, or of one.

    Raises:
        DefinitionUnknown: the file in force has no such definition.
    """
    applied = versions.current(session, workspace_id)
    names = list(applied.file.definitions)
    if definition is not None and definition not in names:
        raise DefinitionUnknown(definition, names)
    models = current_models(session, workspace_id, applied.version_id)
    return [_summary(name, models.get(name)) for name in names if definition in {None, name}]


def describe_fitted(session: Session, workspace_id: int, account_key: str) -> list[AccountFitted]:
    """What the fitted scores say of an account: one for each definition that speaks of it.

    Raises:
        AccountUnknown: the workspace has no such account.
    """
    account = find_account(session, workspace_id, account_key)
    applied = versions.current(session, workspace_id)
    models = current_models(session, workspace_id, applied.version_id)
    return [
        _of_account(session, account, models[name])
        for name, definition in applied.file.definitions.items()
        if name in models and account.status in definition.population
    ]


def list_scored(
    session: Session, workspace_id: int, definition: str, limit: int
) -> list[RankedAccount]:
    """The accounts with the highest fitted scores of a definition; those without one are last."""
    rows = session.execute(
        select(Account.key, Account.name, FittedScore)
        .join(FittedScore, FittedScore.account_id == Account.id)
        .where(FittedScore.workspace_id == workspace_id, FittedScore.definition == definition)
        .order_by(FittedScore.probability.is_(None), FittedScore.probability.desc(), Account.key)
        .limit(limit)
    )
    return [
        RankedAccount(
            number, key, name, each.score, each.low, each.high, each.explanation["sentence"]
        )
        for number, (key, name, each) in enumerate(rows, start=1)
    ]


def _summary(definition: str, row: FittedModel | None) -> ModelSummary:
    if row is None:
        return ModelSummary(definition, is_used=False, reason=NEVER_FITTED)
    shown = None if row.model is None else {k: v for k, v in row.model.items() if k != "draws"}
    return ModelSummary(
        definition=definition,
        is_used=row.is_used,
        reason=row.reason,
        fitted_at=row.fitted_at,
        window_days=row.window_days,
        horizon_days=row.horizon_days,
        model=shown,
        evaluation=row.evaluation,
        checked_at=row.checked_at,
        check=row.check,
    )


def _of_account(session: Session, account: Account, model: FittedModel) -> AccountFitted:
    shown = AccountFitted(model.definition, model.is_used, model.reason, model.window_days)
    found = session.get(FittedScore, (account.id, model.definition))
    if not model.is_used or found is None or found.model_id != model.id:
        return shown
    rank, of = _rank(session, found)
    return AccountFitted(
        definition=model.definition,
        is_used=True,
        reason=model.reason,
        window_days=model.window_days,
        scored_at=found.scored_at,
        score=found.score,
        probability=found.probability,
        low=found.low,
        high=found.high,
        base=found.explanation["base"],
        parts=found.explanation["parts"],
        rank=rank,
        of=of,
        sentence=found.explanation["sentence"],
    )


def _rank(session: Session, found: FittedScore) -> tuple[int | None, int | None]:
    if found.probability is None:
        return None, None
    scored = select(func.count()).where(FittedScore.model_id == found.model_id)
    higher = session.scalar(scored.where(FittedScore.probability > found.probability)) or 0
    of = session.scalar(scored.where(FittedScore.probability.is_not(None))) or 0
    return higher + 1, of

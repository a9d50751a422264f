"""Accounts by a fitted score that is not used: for whoever wants to see it all the same."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from pql.definitions import versions
from pql.events.store import EventStore
from pql.fitted.explaining import explain
from pql.fitted.querying import RankedAccount
from pql.fitted.repository import current_models
from pql.fitted.scoring import ACCOUNTS_AT_ONCE, Due, fitted_of, is_open, recorded_from
from pql.state.models import Account
from pql.workspace_settings import settings_of

NOT_USED = "not used"


def list_unused(
    store: EventStore,
    session: Session,
    workspace_id: int,
    definition: str,
    *,
    limit: int,
    now: datetime,
) -> list[RankedAccount]:
    """The accounts with the highest scores by a model that is not used; those unknown are last.

    Scored now, and kept nowhere. Empty where nothing was fitted, or the model is in use. Of more
    than 10,000 accounts whose window has closed the first are looked at.
    """
    applied = versions.current(session, workspace_id)
    model = current_models(session, workspace_id, applied.version_id).get(definition)
    if model is None or model.model is None or model.is_used:
        return []
    calendar = settings_of(session, workspace_id).calendar
    asked = select(Account).where(
        is_open(model, applied.file.definitions[definition], now, calendar)
    )
    accounts = session.scalars(asked.order_by(Account.id).limit(ACCOUNTS_AT_ONCE)).all()
    due = Due(
        model, applied, [(a.id, a.trial_started_at, a.trial_ends_at) for a in accounts], calendar
    )
    if not accounts:
        return []
    begins = recorded_from(store, session, workspace_id, now)
    by_id = {account.id: account for account in accounts}
    scored = sorted(
        fitted_of(store, due, begins),
        key=lambda found: (found[1].probability is None, -(found[1].probability or 0), found[0]),
    )
    return [
        RankedAccount(
            rank=number,
            id=by_id[account_id].key,
            name=by_id[account_id].name,
            score=fitted.score,
            low=fitted.low,
            high=fitted.high,
            sentence=f"{NOT_USED}: {explain(fitted, model.horizon_days, as_of)['sentence']}",
            is_used=False,
        )
        for number, (account_id, fitted, as_of) in enumerate(scored[:limit], start=1)
    ]

"""A workspace with simulated past trials, and models put in use by hand."""

from datetime import datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import insert, select

from pql.fitted.analysis import run
from pql.fitted.documents import document_of
from pql.fitted.model import Calibration, FittedModel, Term
from pql.fitted.scoring import score_due
from pql.setbacks import Setbacks
from pql.state.models import Account, DefinitionVersion, FittedScore
from pql.state.models import FittedModel as ModelRow
from tests.fixtures.events import batch_of
from tests.fixtures.product import START, TODAY, Product, unfenced

DEFINITIONS = """
metrics:
  messages: {event: message_sent, aggregate: count, window: first 7 days}
  invites: {event: invite_sent, aggregate: count, window: first 7 days}
definitions:
  conversion:
    population: status is trial
    outcome: {becomes: paying, within: 14 days}
    criteria:
      - {metric: messages, at_least: 8}
"""
WINDOW, HORIZON = timedelta(days=7), timedelta(days=14)
DAYS = 90
HOUR = timedelta(hours=1)


def plant_past(product: Product, trials: int, seed: int) -> None:
    """Trials of which those with many messages and many invites paid on day ten, most of them."""
    generator = np.random.default_rng(seed)
    counts = {
        name: np.floor(np.exp(generator.normal(1.5, 0.8, trials))).astype(int)
        for name in ("message_sent", "invite_sent")
    }
    linear = -0.9 + sum(1.7 * (np.log1p(each) - 1.6) / 0.7 for each in counts.values())
    paid = generator.random(trials) < 1 / (1 + np.exp(-linear))
    starts = [
        START + timedelta(days=int(day)) for day in np.sort(generator.integers(0, DAYS, trials))
    ]
    accounts: list[dict[str, Any]] = [
        {
            "workspace_id": product.workspace_id,
            "key": f"past-{number}",
            "status": "paying" if paid[number] else "free",
            "traits": {},
            "trait_times": {},
            "lifecycle": {},
            "trial_started_at": start,
            "converted_at": start + timedelta(days=10) if paid[number] else None,
            "first_seen_at": start,
            "last_seen_at": start,
        }
        for number, start in enumerate(starts)
    ]
    with product.state.writing() as session:
        session.execute(insert(Account), accounts)
        owned = select(Account.id).where(Account.workspace_id == product.workspace_id)
        ids = session.scalars(owned.order_by(Account.id)).all()
    events = [
        {
            "workspace_id": product.workspace_id,
            "account_id": account_id,
            "name": name,
            "occurred_at": (start + number * HOUR).replace(tzinfo=None),
            "received_at": (start + number * HOUR).replace(tzinfo=None),
            "message_id": f"{name}-{account_id}-{number}",
        }
        for name, numbers in counts.items()
        for account_id, start, count in zip(ids, starts, numbers, strict=True)
        for number in range(min(count, 150))
    ]
    product.store.append(batch_of(product.workspace_id * 1_000_000, events))


def a_model() -> FittedModel:
    """More messages, more chance; ten bootstrap fits around it."""
    draws = tuple((-1.0 + 0.02 * number, 0.9 + 0.02 * number) for number in range(10))
    terms = (Term("messages", "amount", centre=1.6, spread=0.8, coefficient=1.0),)
    return FittedModel(terms, -0.9, Calibration("platt"), 0.01, draws)


def put_in_use(product: Product, *, is_used: bool = True, reason: str = "Used: it holds.") -> int:
    """A model of the definitions in force, as an analysis would have left it."""
    with product.state.writing() as session:
        version = session.scalars(
            select(DefinitionVersion.id)
            .where(DefinitionVersion.workspace_id == product.workspace_id)
            .order_by(DefinitionVersion.id.desc())
        ).first()
        row = ModelRow(
            workspace_id=product.workspace_id,
            definition="conversion",
            definition_version_id=version,
            fitted_at=TODAY,
            window_days=WINDOW.days,
            horizon_days=HORIZON.days,
            confirmed_until=TODAY - timedelta(days=21),
            is_used=is_used,
            reason=reason,
            model=document_of(a_model()),
            evaluation={"confirmation": None},
        )
        session.add(row)
        session.flush()
        return row.id


def scores(product: Product) -> dict[int, FittedScore]:
    """The stored scores of a workspace, by account."""
    with product.state.reading() as session:
        rows = session.scalars(
            select(FittedScore).where(FittedScore.workspace_id == product.workspace_id)
        )
        return {row.account_id: row for row in rows}


def sends(product: Product, account_id: int, messages: int, since: datetime) -> None:
    """The account's people send messages, one an hour."""
    times = [since + number * HOUR for number in range(messages)]
    product.does(account_id, "message_sent", *times)


def fit(product: Product, **parameters: object) -> dict[str, Any]:
    """What the analysis answers for the definition."""
    answer = run(
        product.state,
        product.store,
        product.workspace_id,
        parameters,
        progress=lambda _share, _text: None,
        now=TODAY,
    )
    found: dict[str, Any] = answer["fitted"]["conversion"]
    return found


def score(product: Product) -> int:
    """One run of the worker's job; how many accounts it scored."""
    return score_due(product.state, product.store, TODAY, unfenced, Setbacks())

"""Events that happen because somebody paid: they must not be taken for why."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
from sqlalchemy import BigInteger, column, func, select, table

from pql.events.schema import ACTIVITY_KINDS, events
from pql.finder.alarms import Alarm, Kind
from pql.finder.population import Population, date_begins
from pql.finder.questions import Questions

ONLY_AFTER = 0.9
"""Of the converted accounts with the event, that first had it from the conversion on."""
FEWEST = 10
CONVERTED = "converted_accounts"


def after_outcome_alarms(population: Population, questions: Questions) -> Iterator[Alarm]:
    """Events that converted accounts have nearly always only from their conversion on.

    Where times are dates only, from the date of the conversion on.
    """
    trials = population.evidence.trials
    converted = trials[trials["converted_at"].notna()][["account_id", "converted_at"]]
    if converted.empty:
        return
    if population.by_day:
        begins = date_begins(converted["converted_at"], population.evidence.calendar)
        converted = converted.assign(converted_at=begins)
    first = _first_times(population, questions, converted)
    first["only_after"] = first["first_at"] >= first["converted_at"]
    by_name = first.groupby("name")["only_after"].agg(["mean", "size"])
    for name, (share, accounts) in by_name.iterrows():
        if accounts >= FEWEST and share >= ONLY_AFTER:
            sentence = (
                f"{name} comes after the outcome: of {int(accounts):,} accounts that paid and have "
                f"it, {share:.0%} had none before they paid. It was not searched."
            )
            yield Alarm(Kind.AFTER_OUTCOME, str(name), sentence)


def _first_times(
    population: Population, questions: Questions, converted: pd.DataFrame
) -> pd.DataFrame:
    accounts = table(CONVERTED, column("account_id", BigInteger))
    keys = (events.c.account_id, events.c.name)
    statement = (
        select(*keys, func.min(events.c.occurred_at).label("first_at"))
        .select_from(events.join(accounts, events.c.account_id == accounts.c.account_id))
        .where(
            events.c.workspace_id == population.evidence.workspace_id,
            events.c.filtered.is_(False),
            events.c.kind.in_(ACTIVITY_KINDS),
            events.c.name.in_(sorted(questions.events)),
        )
        .group_by(*keys)
    )
    found = population.evidence.store.frame(statement, {CONVERTED: converted[["account_id"]]})
    return found.astype({"account_id": "int64"}).merge(converted, on="account_id")

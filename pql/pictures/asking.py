"""The charts that a workspace can ask for, by what is kept of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from pql.accounts.describing import AccountUnknown
from pql.benchmarks.repository import load_current
from pql.definitions import versions
from pql.pictures.benchmark import benchmark_chart
from pql.pictures.chart import Chart, Mark
from pql.state.models import Account, Standing


class MetricUnknown(LookupError):
    """The definitions in force have no metric of this name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"there is no metric {name!r} in the definitions in force")


def benchmark_of(
    session: Session, workspace_id: int, metric: str, account_key: str | None = None
) -> Chart:
    """A metric's benchmark in force, with an account on it where one is named.

    Raises:
        MetricUnknown: the definitions in force have no such metric.
        AccountUnknown: the workspace has no such account.
    """
    applied = versions.current(session, workspace_id)
    if metric not in applied.file.metrics:
        raise MetricUnknown(metric)
    benchmarks = load_current(session, workspace_id, applied.version_id, applied.file)
    mark = None if account_key is None else _mark(session, workspace_id, metric, account_key)
    return benchmark_chart(benchmarks, metric, mark)


def _mark(session: Session, workspace_id: int, metric: str, key: str) -> Mark | None:
    """Where the account stands by its stored explanations; `None` where they do not tell."""
    owned = (Account.workspace_id == workspace_id, Account.key == key)
    account_id = session.scalar(select(Account.id).where(*owned))
    if account_id is None:
        raise AccountUnknown(key)
    explanations = session.scalars(
        select(Standing.explanation)
        .where(Standing.account_id == account_id)
        .order_by(Standing.definition)
    )
    marks = (_mark_in(explanation, metric) for explanation in explanations)
    return next(filter(None, marks), None)


def _mark_in(explanation: Mapping[str, Any], metric: str) -> Mark | None:
    day = explanation.get("trial_day")
    values = [part["value"] for part in explanation["score"]["parts"] if part["metric"] == metric]
    values += [test["value"] for test in explanation["criteria"] if test["name"] == metric]
    numbers = [value for value in values if isinstance(value, int | float)]
    return Mark("this account", day, numbers[0]) if day is not None and numbers else None

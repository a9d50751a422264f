"""The charts that a workspace can ask for, by what is kept of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from pql.accounts.describing import AccountUnknown
from pql.accounts.reasons import Explain, kept_of
from pql.analyses import show_analysis
from pql.benchmarks.documents import (
    CURVE,
    FIRST_TIMES,
    RETENTION,
    SURVIVAL,
    read_documents,
)
from pql.benchmarks.repository import latest_version, load_current
from pql.benchmarks.survival import FirstTimes, Survival
from pql.definitions import versions
from pql.fitted.querying import list_models
from pql.pictures.benchmark import benchmark_chart
from pql.pictures.calibration import calibration_chart
from pql.pictures.chart import Chart, Mark
from pql.pictures.conversion import conversion_chart
from pql.pictures.precision import finder_chart, plan_charts
from pql.pictures.retention import retention_chart
from pql.pictures.survival import survival_chart
from pql.state.models import Account, Standing
from pql.statistics.calibration import Calibration

ALL_TRIALS = "all"
WHAT_COMES_FIRST = (
    "What came first, with what competes (Aalen-Johansen). Trials still under way count as long as "
    "they were watched."
)
WHO_HAS_PAID = (
    "Kaplan-Meier. Trials still under way count as long as they were watched. "
    "Association, not cause."
)


class MetricUnknown(LookupError):
    """The definitions in force have no metric of this name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"there is no metric {name!r} in the definitions in force")


def benchmark_of(
    session: Session, workspace_id: int, metric: str, account_key: str | None, explain: Explain
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
    if account_key is None:
        return benchmark_chart(benchmarks, metric, None)
    mark = _mark(session, workspace_id, metric, account_key, explain)
    return benchmark_chart(benchmarks, metric, mark)


def conversion_of(session: Session, workspace_id: int, metric: str) -> Chart | None:
    """Conversion by value of a metric; `None` before it was worked out.

    Raises:
        MetricUnknown: the definitions in force have no such metric.
    """
    _require_metric(session, workspace_id, metric)
    curve = _document(session, workspace_id, CURVE, metric)
    return None if curve is None else conversion_chart(curve)


def first_time_of(session: Session, workspace_id: int, metric: str) -> Chart | None:
    """How soon what a metric counts was done first; `None` where that is not known.

    Raises:
        MetricUnknown: the definitions in force have no such metric.
    """
    _require_metric(session, workspace_id, metric)
    times: FirstTimes | None = _document(session, workspace_id, FIRST_TIMES, metric)
    curve = None if times is None else times.segments[0].curve
    if curve is None:
        return None
    title = f"{metric.replace('_', ' ').capitalize()}: how soon it is done first"
    return survival_chart(
        title, {"done": curve}, "Trials still under way count as long as watched."
    )


def conversion_time_of(session: Session, workspace_id: int, by: str) -> Chart | None:
    """How soon trials pay; `None` where that is not known.

    Args:
        by: `all` for what all trials came to (paid, churned, expired), or a kind of segment, such
            as plan, for who has paid in each of its segments.
    """
    survival: Survival | None = _document(session, workspace_id, SURVIVAL, "")
    segments = survival.segments if survival else ()
    if by == ALL_TRIALS:
        curves = segments[0].first if segments else {}
        title, note = "What trials come to, by day", WHAT_COMES_FIRST
    else:
        chosen = (each for each in segments if each.segment.by == by and each.pays)
        curves = {str(s.segment.value or "unknown"): s.pays for s in chosen if s.pays}
        title, note = f"Who has paid, by day and {by.replace('_', ' ')}", WHO_HAS_PAID
    return survival_chart(title, curves, note) if curves else None


def retention_of(session: Session, workspace_id: int, definition: str) -> Chart | None:
    """Activity by week of accounts that met a definition and of others; `None` where unknown."""
    retention = _document(session, workspace_id, RETENTION, definition)
    return None if retention is None else retention_chart(retention)


def calibration_of(session: Session, workspace_id: int, definition: str) -> Chart | None:
    """Expected against seen of a definition's fitted score; `None` where none was judged.

    Raises:
        DefinitionUnknown: the file in force has no such definition.
    """
    evaluation = list_models(session, workspace_id, definition)[0].evaluation or {}
    confirmation = evaluation.get("confirmation")
    if confirmation is None:
        return None
    calibration = msgspec.convert(confirmation["calibration"], Calibration)
    return calibration_chart(
        calibration, f"{definition.replace('_', ' ').capitalize()}: expected against seen"
    )


def precision_of(session: Session, workspace_id: int, analysis_id: int) -> dict[str, Chart]:
    """Precision against volume in the result of an analysis, by definition; a finder has none.

    Empty where the analysis has no result, or one without such figures.

    Raises:
        AnalysisUnknown: the workspace has no such analysis.
    """
    detail = show_analysis(session, workspace_id, analysis_id)
    chart = PRECISION.get(detail.summary.kind)
    return {} if chart is None or detail.result is None else chart(detail.result)


PRECISION: Mapping[str, Callable[[Mapping[str, Any]], dict[str, Chart]]] = {
    "definition_plan": plan_charts,
    "finder": lambda result: {"": finder_chart(result)},
}

Find = Callable[[Session, int, str], Chart | None]

FINDERS: Mapping[str, Find] = {
    "conversion": conversion_of,
    "first-time": first_time_of,
    "time-to-convert": conversion_time_of,
    "retention": retention_of,
    "calibration": calibration_of,
}
"""The pictures that are asked for by a name: of a metric, a kind of segment or a definition."""


def _document(session: Session, workspace_id: int, kind: str, name: str) -> Any:
    applied = versions.current(session, workspace_id)
    version = latest_version(session, workspace_id, applied.version_id)
    return None if version is None else read_documents(session, version.id, kind, name).get(name)


def _require_metric(session: Session, workspace_id: int, metric: str) -> None:
    if metric not in versions.current(session, workspace_id).file.metrics:
        raise MetricUnknown(metric)


def _mark(
    session: Session, workspace_id: int, metric: str, key: str, explain: Explain
) -> Mark | None:
    """Where the account stands by what its results rest on; `None` where that does not tell."""
    owned = (Account.workspace_id == workspace_id, Account.key == key)
    account_id = session.scalar(select(Account.id).where(*owned))
    if account_id is None:
        raise AccountUnknown(key)
    standings = session.scalars(
        select(Standing).where(Standing.account_id == account_id).order_by(Standing.definition)
    )
    explanations = explain(session, workspace_id, [kept_of(each) for each in standings])
    marks = (_mark_in(explanation, metric) for explanation in explanations)
    return next(filter(None, marks), None)


def _mark_in(explanation: Mapping[str, Any], metric: str) -> Mark | None:
    day = explanation.get("trial_day")
    values = [part["value"] for part in explanation["score"]["parts"] if part["metric"] == metric]
    values += [test["value"] for test in explanation["criteria"] if test["name"] == metric]
    numbers = [value for value in values if isinstance(value, int | float)]
    return Mark("this account", day, numbers[0]) if day is not None and numbers else None

"""The charts that a workspace can ask for, by what is kept of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from pql.accounts.describing import find_account
from pql.accounts.querying import DefinitionUnknown
from pql.accounts.reasons import Explain, kept_of
from pql.analyses import show_analysis
from pql.benchmarks.documents import (
    CURVE,
    FIRST_TIMES,
    RETENTION,
    SURVIVAL,
    read_all,
)
from pql.benchmarks.repository import latest_version, load_current
from pql.benchmarks.survival import FirstTimes, Survival
from pql.definitions import versions
from pql.fitted.querying import ModelSummary, list_models
from pql.pictures.benchmark import benchmark_chart
from pql.pictures.calibration import calibration_chart
from pql.pictures.chart import Chart, Mark
from pql.pictures.conversion import conversion_chart
from pql.pictures.precision import finder_chart, plan_charts
from pql.pictures.retention import retention_chart
from pql.pictures.survival import survival_chart
from pql.state.models import Standing
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


class Kept:
    """What is kept with a workspace's benchmarks in force, and of its fitted scores: read once.

    Args:
        kinds: of the documents that will be asked for.
    """

    def __init__(self, session: Session, workspace_id: int, kinds: Collection[str]) -> None:
        self._session, self._workspace_id = session, workspace_id
        applied = versions.current(session, workspace_id)
        version = latest_version(session, workspace_id, applied.version_id)
        self._metrics = applied.file.metrics
        self._documents = {} if version is None else read_all(session, version.id, kinds)

    def document(self, kind: str, name: str = "") -> Any:
        """What is kept of this kind; `None` before it was worked out."""
        return self._documents.get((kind, name))

    def document_of_metric(self, kind: str, metric: str) -> Any:
        """The same of a metric.

        Raises:
            MetricUnknown: the definitions in force have no such metric.
        """
        if metric not in self._metrics:
            raise MetricUnknown(metric)
        return self.document(kind, metric)

    def model(self, definition: str) -> ModelSummary:
        """The fitted score of a definition.

        Raises:
            DefinitionUnknown: the file in force has no such definition.
        """
        if definition not in self._models:
            raise DefinitionUnknown(definition, list(self._models))
        return self._models[definition]

    @cached_property
    def _models(self) -> Mapping[str, ModelSummary]:
        return {each.definition: each for each in list_models(self._session, self._workspace_id)}


def find_charts(
    session: Session, workspace_id: int, wanted: Sequence[tuple[str, str]]
) -> list[tuple[str, str, Chart]]:
    """Those of the charts that there is anything for, each with its kind and name of `wanted`.

    Raises:
        MetricUnknown, DefinitionUnknown: the definitions in force have none of this name.
    """
    asked = [FINDERS[kind] for kind, _ in wanted]
    kept = Kept(session, workspace_id, {each.document for each in asked if each.document})
    charts = (
        (kind, name, each.find(kept, name))
        for (kind, name), each in zip(wanted, asked, strict=True)
    )
    return [(kind, name, chart) for kind, name, chart in charts if chart is not None]


def find_chart(session: Session, workspace_id: int, kind: str, name: str) -> Chart | None:
    """One of them; `None` where there is nothing to draw."""
    charts = find_charts(session, workspace_id, [(kind, name)])
    return charts[0][2] if charts else None


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


def _conversion(kept: Kept, metric: str) -> Chart | None:
    """Conversion by value of a metric."""
    curve = kept.document_of_metric(CURVE, metric)
    return None if curve is None else conversion_chart(curve)


def _first_time(kept: Kept, metric: str) -> Chart | None:
    """How soon what a metric counts was done first."""
    times: FirstTimes | None = kept.document_of_metric(FIRST_TIMES, metric)
    curve = None if times is None else times.segments[0].curve
    if curve is None:
        return None
    title = f"{metric.replace('_', ' ').capitalize()}: how soon it is done first"
    return survival_chart(
        title, {"done": curve}, "Trials still under way count as long as watched."
    )


def _conversion_time(kept: Kept, by: str) -> Chart | None:
    """How soon trials pay.

    Args:
        by: `all` for what all trials came to (paid, churned, expired), or a kind of segment, such
            as plan, for who has paid in each of its segments.
    """
    survival: Survival | None = kept.document(SURVIVAL)
    segments = survival.segments if survival else ()
    if by == ALL_TRIALS:
        curves = segments[0].first if segments else {}
        title, note = "What trials come to, by day", WHAT_COMES_FIRST
    else:
        chosen = (each for each in segments if each.segment.by == by and each.pays)
        curves = {str(s.segment.value or "unknown"): s.pays for s in chosen if s.pays}
        title, note = f"Who has paid, by day and {by.replace('_', ' ')}", WHO_HAS_PAID
    return survival_chart(title, curves, note) if curves else None


def _retention(kept: Kept, definition: str) -> Chart | None:
    """Activity by week of accounts that met a definition and of others."""
    retention = kept.document(RETENTION, definition)
    return None if retention is None else retention_chart(retention)


def _calibration(kept: Kept, definition: str) -> Chart | None:
    """Expected against seen of a definition's fitted score."""
    confirmation = (kept.model(definition).evaluation or {}).get("confirmation")
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


@dataclass(frozen=True, slots=True)
class Finder:
    """How a kind of picture is found, and in which kind of document."""

    find: Callable[[Kept, str], Chart | None]
    document: str | None


FINDERS: Mapping[str, Finder] = {
    "conversion": Finder(_conversion, CURVE),
    "first-time": Finder(_first_time, FIRST_TIMES),
    "time-to-convert": Finder(_conversion_time, SURVIVAL),
    "retention": Finder(_retention, RETENTION),
    "calibration": Finder(_calibration, None),
}
"""The pictures that are asked for by a name: of a metric, a kind of segment or a definition."""


def _mark(
    session: Session, workspace_id: int, metric: str, key: str, explain: Explain
) -> Mark | None:
    """Where the account stands by what its results rest on; `None` where that does not tell."""
    account = find_account(session, workspace_id, key)
    standings = session.scalars(
        select(Standing).where(Standing.account_id == account.id).order_by(Standing.definition)
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

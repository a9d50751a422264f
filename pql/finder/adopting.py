"""The text of a definition file that adopts what was found."""

from __future__ import annotations

from dataclasses import dataclass

import yaml

from pql.definitions.grammar import write_aggregate, write_window
from pql.definitions.model import Metric
from pql.finder.finding import Finding, Judged
from pql.finder.sentences import Wording, candidate_text, counted, rate_text

NAME = "found_activation"
WIDTH = 100


@dataclass(frozen=True, slots=True)
class Adoption:
    """What the definition says besides the criteria."""

    days: int
    within: int
    status: str


def definition_yaml(finding: Finding, wording: Wording, adoption: Adoption) -> str | None:
    """A file that `pql definitions validate` passes; `None` where nothing is recommended.

    Nor where what was found is not a metric of an account: a definition speaks of accounts.
    """
    best = finding.recommended
    if best is None:
        return None
    metrics = [finding.columns[part.column].metric for part in best.candidate.parts]
    if wording.units != "accounts" or not all(metrics):
        return None
    document = {
        "metrics": {metric.name: _metric(metric) for metric in metrics if metric is not None},
        "definitions": {NAME: _definition(best, finding, wording, adoption)},
    }
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=WIDTH)


def _metric(metric: Metric) -> dict[str, object]:
    return {
        "event": metric.event,
        "aggregate": write_aggregate(metric.aggregate),
        "window": write_window(metric.window),
    }


def _definition(
    best: Judged, finding: Finding, wording: Wording, adoption: Adoption
) -> dict[str, object]:
    criteria = []
    for part in best.candidate.parts:
        threshold = int(part.threshold) if part.threshold == int(part.threshold) else part.threshold
        criteria.append({"metric": finding.columns[part.column].name, "at_least": threshold})
    return {
        "description": _description(best, wording, adoption),
        "population": f"status is {adoption.status}",
        "outcome": {"becomes": "paying", "within": f"{adoption.within} days"},
        "criteria": criteria,
        "require": best.candidate.require,
    }


def _description(best: Judged, wording: Wording, adoption: Adoption) -> str:
    figures = best.found if best.later is None else best.later
    return (
        f"Found by the finder: {candidate_text(best.candidate, wording)}. Judged after "
        f"{counted(adoption.days, 'day')}, {rate_text(figures.precision)} of {figures.met:,} later "
        f"accounts paid within {counted(adoption.within, 'day')} more."
    )

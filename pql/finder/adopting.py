"""The text of a definition file that adopts what was found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import yaml

from pql.definitions.grammar import write_aggregate, write_window
from pql.definitions.model import ANY_EVENT, Metric
from pql.finder.candidates import Candidate
from pql.finder.finding import Finding, Judged
from pql.finder.questions import ACCOUNTS
from pql.finder.sentences import Wording, candidate_text, counted, rate_text

NAME = "found_activation"
WIDTH = 64
"""From here on a line of the file is broken at its next space: 80 columns hold it."""
MQL = "MQL"
OF_A_FILE = (
    "A definition asks for metrics of events and traits of accounts, and a column of a file is "
    "neither: send it as one of them, and a definition can ask for it."
)
OF_PEOPLE = (
    "A definition speaks of accounts, and a lead score adds up points that fade: neither can say "
    "how much a person had done in the first days. Search accounts for a threshold to adopt."
)


@dataclass(frozen=True, slots=True)
class Adoption:
    """What the file says besides what was found. `lead_events` are those in force."""

    days: int
    within: int
    status: str
    lead_events: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Adopted:
    """The text of a definition file, or why there is none for what is recommended."""

    text: str | None = None
    why_not: str | None = None


def adopt(finding: Finding, wording: Wording, adoption: Adoption | None = None) -> Adopted:
    """A file that `pql definitions validate` passes; neither where nothing is recommended.

    Args:
        adoption: left out where it was not a workspace that was searched.
    """
    best = finding.recommended
    if best is None:
        return Adopted()
    metrics = [finding.columns[part.column].metric for part in best.candidate.parts]
    known = [metric for metric in metrics if metric is not None]
    if adoption is None or len(known) < len(metrics):
        return Adopted(why_not=OF_A_FILE)
    if wording.units != ACCOUNTS:
        return _adopt_for_people(best.candidate, known, adoption)
    return _written(
        {
            "metrics": {metric.name: _metric(metric) for metric in known},
            "definitions": {NAME: _definition(best, finding, wording, adoption)},
        }
    )


def _adopt_for_people(
    candidate: Candidate, metrics: Sequence[Metric], adoption: Adoption
) -> Adopted:
    """Having done something at all makes a lead an MQL; no more than that can be said of people."""
    metric, part = metrics[0], candidate.parts[0]
    is_any_time = metric.aggregate.kind in {"count", "distinct_days"} and part.threshold <= 1
    if len(metrics) > 1 or not is_any_time or metric.event == ANY_EVENT:
        return Adopted(why_not=OF_PEOPLE)
    return _written({"leads": {"events": {**adoption.lead_events, metric.event: MQL}}})


def _written(document: Mapping[str, object]) -> Adopted:
    return Adopted(yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=WIDTH))


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

"""What a finding says, in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pql.definitions.model import ANY_EVENT, Metric
from pql.finder.candidates import Candidate, Part
from pql.finder.columns import Column
from pql.finder.confirming import Verdict
from pql.finder.figures import Figures
from pql.finder.finding import Finding, Judged
from pql.finder.splitting import Claim
from pql.statistics.intervals import Lift, Rate

NO_THRESHOLD = "no reliable threshold"
ASSOCIATION = (
    "Association, not cause: only a random holdout shows that reaching it makes a difference."
)
QUESTION = (
    "When is it known? What is known from the start, before anything is done about the outcome, is "
    "searched once you say so: --known-at-start NAME, or known_at_start in the API."
)


@dataclass(frozen=True, slots=True)
class Wording:
    """What units are called: `accounts`, `contacts` or `rows`; and the columns of the finding."""

    units: str
    columns: tuple[Column, ...]


def candidate_text(candidate: Candidate, wording: Wording) -> str:
    """The condition: `message_sent at least 20 times in the first 7 days`."""
    joint = " and " if candidate.require == "all" else " or "
    return joint.join(part_text(part, wording.columns[part.column]) for part in candidate.parts)


def part_text(part: Part, column: Column) -> str:
    """One column at its threshold."""
    if column.category is not None:
        return f"{column.source} is {column.category}"
    if column.metric is None:
        return f"{column.name} at least {_number(part.threshold)}"
    return _metric_text(column.metric, part.threshold)


def judged_sentence(judged: Judged, wording: Wording) -> str:
    """One candidate: the confirmation first, then where it was found, and the verdict.

    One interval of the lift: that of the later ones, where there are any.
    """
    condition = candidate_text(judged.candidate, wording)
    beginning = f"{wording.units.capitalize()} with {condition}"
    verdict = f"{judged.judgement.verdict.capitalize()}: {judged.judgement.reason}."
    chance = f"By chance the best of all looks as good in {judged.p_value:.1%} of cases."
    if judged.later is None:
        return f"{beginning}: {_rates(judged.found)}{_recall(judged.found)}. {verdict} {chance}"
    lift = judged.found.lift.value
    times = "" if lift is None else f", {lift:.2f} times the average"
    return (
        f"{beginning}: among later ones {_rates(judged.later)}{_recall(judged.later)}; where it "
        f"was found {_share(judged.found)}{times}. {verdict} {chance}"
    )


def verdict_sentence(finding: Finding, wording: Wording) -> str:
    """The answer in one sentence."""
    best = finding.recommended
    if best is None:
        return f"{NO_THRESHOLD.capitalize()}: {finding.reason}"
    condition = candidate_text(best.candidate, wording)
    return (
        f"Recommended: {condition}, which {_held(best)} on later {wording.units}: "
        f"{_rates(best.later or best.found)}."
    )


def conclusion(finding: Finding, wording: Wording) -> str:
    """The answer in a few sentences, the verdict first."""
    return " ".join((verdict_sentence(finding, wording), *more_sentences(finding, wording)))


def more_sentences(finding: Finding, wording: Wording) -> Iterator[str]:
    """What is to be known beside the verdict."""
    if finding.recommended is not None:
        if finding.claim is Claim.LATER:
            yield finding.split_note
        yield ASSOCIATION
    elif (best := finding.strongest) is not None and finding.corrected is not None:
        yield finding.split_note
        yield (
            f"The strongest is {candidate_text(best.candidate, wording)}, a guess to be tested: "
            f"lift {lift_text(finding.corrected.lift)} without the luck of the best of many."
        )


def not_searched_question(finding: Finding) -> str | None:
    """What is asked about the sources that were set aside; `None` where nothing is."""
    if not any(each.is_question for each in finding.not_searched):
        return None
    return QUESTION


def not_holding(finding: Finding) -> list[Judged]:
    """Popular candidates that do not hold."""
    return [each for each in finding.popular if each.judgement.verdict is Verdict.DOES_NOT_HOLD]


def lift_text(lift: Lift) -> str:
    """`2.73 (2.20 to 3.37)`."""
    if lift.value is None:
        return "unknown"
    return f"{lift.value:.2f} ({_end(lift.low)} to {_end(lift.high)})"


def rate_text(rate: Rate) -> str:
    """`31.0% (24.1% to 39.2%)`."""
    if rate.value is None or rate.low is None or rate.high is None:
        return "unknown"
    return f"{rate.value:.1%} ({rate.low:.1%} to {rate.high:.1%})"


def counted(number: float, one: str, several: str | None = None) -> str:
    """`1 day`, `2.5 days`, `3 people`."""
    return f"{_number(number)} {one if number == 1 else several or one + 's'}"


def _rates(figures: Figures) -> str:
    lift = figures.lift
    if lift.value is None:
        return _share(figures)
    ends = f"({_end(lift.low)} to {_end(lift.high)})"
    return f"{_share(figures)}, {lift.value:.2f} times the average {ends}"


def _share(figures: Figures) -> str:
    value = figures.precision.value
    share = "unknown" if value is None else f"{value:.1%}"
    return f"{figures.met_and_converted:,} of {figures.met:,} converted ({share})"


def _recall(figures: Figures) -> str:
    value = figures.recall.value
    return "" if value is None else f", {value:.1%} of all that did"


def _held(judged: Judged) -> str:
    return "holds" if judged.judgement.verdict is Verdict.HOLDS else "holds, though weakened,"


def _metric_text(metric: Metric, threshold: float) -> str:
    event = "any event" if metric.event == ANY_EVENT else metric.event
    days = metric.window.days
    window = "in the first day" if days == 1 else f"in the first {days} days"
    amount = _number(threshold)
    match metric.aggregate.kind:
        case "count":
            return f"{event} at least {counted(threshold, 'time')} {window}"
        case "distinct_contacts":
            return f"{event} by at least {counted(threshold, 'person', 'people')} {window}"
        case "distinct_days":
            return f"{event} on at least {counted(threshold, 'day')} {window}"
        case _:
            return f"{metric.aggregate.property} of {event} at least {amount} in all {window}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:,.6g}"


def _end(end: float | None) -> str:
    return "?" if end is None else f"{end:.2f}"

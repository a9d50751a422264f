"""How `pql finder` shows an answer: warnings, conclusion, table, sentences, definition."""

from __future__ import annotations

from collections.abc import Iterator

from rich.box import SIMPLE

from pql.control_characters import escaped
from pql.finder.answers import Answer
from pql.finder.finding import Finding, Judged
from pql.finder.sentences import (
    Wording,
    candidate_text,
    conclusion,
    judged_sentence,
    not_holding,
    periods_sentence,
)
from pql.statistics.intervals import Lift, Rate
from routes.console import Listing, Terminal

NARROWEST_CONDITION, WIDEST_CONDITION = 24, 60
LEGEND = (
    "From met to lift: later ones. As found: the lift among those that were searched. p: of the "
    "best of all candidates. In brackets: 95 % intervals."
)


def print_answer(console: Terminal, answer: Answer) -> None:
    """Everything about the answer, warnings first."""
    finding, wording = answer.finding, answer.wording
    warnings = (f"Warning: {alarm.sentence}" for alarm in finding.alarms)
    for told in (*warnings, *(f"Note: {notice}" for notice in finding.notices)):
        _say(console, escaped(told))
    _say(console, conclusion(finding, wording))
    _say(console, _who(finding, wording))
    if finding.listed:
        console.print(_table(finding, wording))
        _say(console, LEGEND)
    for number, judged in enumerate(finding.listed, start=1):
        _say(console, escaped(f"{number}. {judged_sentence(judged, wording)}"))
    if popular := not_holding(finding):
        _say(console, "Popular, but does not hold:")
        for judged in popular:
            _say(console, escaped(f"- {judged_sentence(judged, wording)}"))
    if answer.adopted.text is not None:
        _say(console, "\nTo adopt it:\n")
        _say(console, answer.adopted.text)
    if answer.adopted.why_not is not None:
        _say(console, f"\nNo definition to adopt: {answer.adopted.why_not}")


def _say(console: Terminal, text: str) -> None:
    console.print(text, highlight=False, soft_wrap=True)


def _who(finding: Finding, wording: Wording) -> str:
    told = [periods_sentence(finding, wording), finding.split_note]
    left_out = [f"{number:,} {reason}" for reason, number in finding.left_out.items() if number]
    if left_out:
        told.append(f"Left out: {', '.join(left_out).replace('_', ' ')}.")
    told.append(
        f"{finding.tried:,} candidates were tried, {finding.refused:,} refused for too few that "
        f"meet them or do not; {finding.runs:,} permutations."
    )
    return " ".join(told)


def _table(finding: Finding, wording: Wording) -> Listing:
    table = Listing(title="What those who convert had reached", box=SIMPLE, padding=(0, 1, 0, 0))
    table.add_column("", justify="right")
    table.add_column("condition", min_width=NARROWEST_CONDITION, max_width=WIDEST_CONDITION)
    table.add_column("verdict", no_wrap=True)
    for name in ("met", "precision", "recall", "lift", "as found", "p"):
        table.add_column(name, justify="right", no_wrap=True)
    for number, judged in enumerate(finding.listed, start=1):
        condition = candidate_text(judged.candidate, wording)
        table.add_row(f"{number}", condition, judged.judgement.verdict, *_numbers(judged))
    return table


def _numbers(judged: Judged) -> Iterator[str]:
    later = judged.later
    yield "" if later is None else f"{later.met:,}"
    yield "" if later is None else _share(later.precision)
    yield "" if later is None else _share(later.recall)
    yield "" if later is None else _times(later.lift)
    yield _times(judged.found.lift)
    yield f"{judged.p_value:.3f}"


def _share(rate: Rate) -> str:
    return "unknown" if rate.value is None else f"{rate.value:.1%}"


def _times(lift: Lift) -> str:
    return "unknown" if lift.value is None else f"{lift.value:.2f}"

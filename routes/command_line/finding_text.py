"""How `pql finder` shows an answer: warnings, conclusion, table, sentences, definition."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.table import Table

from pql.finder.answers import Answer
from pql.finder.finding import Finding, Judged
from pql.finder.sentences import (
    Wording,
    candidate_text,
    conclusion,
    judged_sentence,
    lift_text,
    not_holding,
    rate_text,
)

WIDEST_CONDITION = 46


def print_answer(console: Console, answer: Answer) -> None:
    """Everything about the answer, warnings first."""
    finding, wording = answer.finding, answer.wording
    for alarm in finding.alarms:
        _say(console, f"Warning: {alarm.sentence}")
    _say(console, conclusion(finding, wording))
    _say(console, _who(finding, wording))
    if finding.listed:
        console.print(_table(finding, wording))
        _say(console, "Confirmed on later ones first. In brackets: 95 % intervals.")
    for judged in finding.listed:
        _say(console, f"- {judged_sentence(judged, wording)}")
    if popular := not_holding(finding):
        _say(console, "Popular, but does not hold:")
        for judged in popular:
            _say(console, f"- {judged_sentence(judged, wording)}")
    if answer.definition is not None:
        _say(console, "\nTo adopt it:\n")
        _say(console, answer.definition)


def _say(console: Console, text: str) -> None:
    """As it is: names of events may look like markup."""
    console.print(text, markup=False, highlight=False, soft_wrap=True)


def _who(finding: Finding, wording: Wording) -> str:
    searched = finding.searched
    told = [f"Searched: {searched.units:,} {wording.units}, {searched.converted:,} converted."]
    if finding.confirming is not None:
        later = finding.confirming
        told.append(f"Confirmed on: {later.units:,} later ones, {later.converted:,} converted.")
    told.append(finding.split_note)
    left_out = [f"{number:,} {reason}" for reason, number in finding.left_out.items() if number]
    if left_out:
        told.append(f"Left out: {', '.join(left_out).replace('_', ' ')}.")
    told.append(
        f"{finding.tried:,} candidates were tried, {finding.refused:,} refused for too few that "
        f"meet them or do not; {finding.runs:,} permutations."
    )
    return " ".join(told)


def _table(finding: Finding, wording: Wording) -> Table:
    table = Table("condition", "verdict", title="What those who convert had reached")
    for name in ("met", "precision", "recall", "lift", "lift as found", "MCC as found", "p"):
        table.add_column(name, justify="right")
    table.columns[0].max_width = WIDEST_CONDITION
    for judged in finding.listed:
        table.add_row(*_cells(judged, wording))
    return table


def _cells(judged: Judged, wording: Wording) -> Iterator[str]:
    yield candidate_text(judged.candidate, wording).replace("[", "\\[")
    yield str(judged.judgement.verdict)
    yield from _later(judged)
    yield lift_text(judged.found.lift)
    mcc = judged.found.mcc
    yield "unknown" if mcc.value is None else f"{mcc.value:.2f}"
    yield f"{judged.p_value:.3f}"


def _later(judged: Judged) -> Sequence[str]:
    figures = judged.later
    if figures is None:
        return ("", "", "", "")
    rates = (figures.precision, figures.recall)
    return (f"{figures.met:,}", *(rate_text(rate) for rate in rates), lift_text(figures.lift))

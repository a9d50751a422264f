"""How `pql finder` shows an answer: the verdict, the table, what was not searched, the rest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap

from rich.box import SIMPLE

from pql.control_characters import escaped
from pql.finder.alarms import NOT_SEARCHED
from pql.finder.answers import Answer
from pql.finder.finding import Finding, Judged
from pql.finder.sentences import (
    Wording,
    candidate_text,
    judged_sentence,
    more_sentences,
    not_holding,
    not_searched_question,
    verdict_sentence,
)
from pql.statistics.intervals import Lift, Rate
from routes.console import Listing, Terminal

WIDEST_CONDITION = 60
MOST_ROWS, MOST_NAMES = 8, 20
"""Of the table, and of what was not searched for one reason, unless all are asked for."""
LATER_LEGEND = "met, converted and lift: of later ones, which were not searched."
FOUND_LEGEND = "met, converted and lift: of those that were searched, the best of many: too kind."
INTERVAL = (
    "In brackets: the 95% interval. Does not hold: by chance the best of all looks as good, or its "
    "lift may be 1."
)


def print_answer(console: Terminal, answer: Answer, *, show_all: bool) -> None:
    """The verdict first, in one sentence. Where it is a refusal, little more unless `show_all`."""
    finding, wording = answer.finding, answer.wording
    _say(console, verdict_sentence(finding, wording))
    for sentence in more_sentences(finding, wording):
        _say(console, sentence)
    if finding.shown and (finding.recommended is not None or show_all):
        _print_table(console, finding, wording, show_all=show_all)
    _print_alarms(console, finding)
    _print_not_searched(console, finding, show_all=show_all)
    if show_all:
        _print_rest(console, finding, wording)
    else:
        console.print()
        _say(console, "Everything that was looked at: --all.")
    if answer.adopted.text is not None:
        console.print("\nTo adopt it:\n")
        console.print(answer.adopted.text, highlight=False, soft_wrap=True)
    if answer.adopted.why_not is not None:
        console.print()
        _say(console, f"No definition to adopt: {answer.adopted.why_not}")


def _say(console: Terminal, text: str, *, first: str = "", then: str = "") -> None:
    """A paragraph, as wide as the terminal. Its lines begin with `first` and `then`."""
    lines = wrap(
        escaped(text),
        console.width,
        initial_indent=first,
        subsequent_indent=then,
        break_long_words=False,
        break_on_hyphens=False,
    )
    console.print("\n".join(lines), highlight=False, soft_wrap=True)


def _item(console: Terminal, text: str) -> None:
    _say(console, text, first="- ", then="  ")


def _print_table(console: Terminal, finding: Finding, wording: Wording, *, show_all: bool) -> None:
    rows = finding.shown if show_all else finding.shown[:MOST_ROWS]
    console.print(_table(finding, rows, wording))
    legend = FOUND_LEGEND if finding.confirming is None else LATER_LEGEND
    _say(console, f"{legend} {INTERVAL}")


def _print_alarms(console: Terminal, finding: Finding) -> None:
    told = [alarm.sentence for alarm in finding.alarms if alarm.kind not in NOT_SEARCHED]
    if told:
        console.print()
    for sentence in told:
        _say(console, f"Warning: {sentence}")


def _print_not_searched(console: Terminal, finding: Finding, *, show_all: bool) -> None:
    """What is a question first; the names of what has one reason are in one line."""
    if not finding.not_searched:
        return
    by_reason: dict[str, list[str]] = {}
    for each in sorted(finding.not_searched, key=lambda each: not each.is_question):
        reason = each.sentence.removeprefix(f"{each.source} ")
        by_reason.setdefault(reason, []).append(each.source)
    console.print("\nNot searched:")
    for reason, names in by_reason.items():
        if len(names) == 1:
            _item(console, f"{names[0]} {reason}")
        else:
            _item(console, f"{', '.join(_some(names, show_all=show_all))}: {reason}")
    if (question := not_searched_question(finding)) is not None:
        _say(console, question)


def _some(names: Sequence[str], *, show_all: bool) -> Sequence[str]:
    if show_all or len(names) <= MOST_NAMES:
        return names
    return [*names[:MOST_NAMES], f"and {len(names) - MOST_NAMES:,} more"]


def _print_rest(console: Terminal, finding: Finding, wording: Wording) -> None:
    console.print()
    _say(console, _who(finding, wording))
    for number, judged in enumerate(finding.shown, start=1):
        _say(console, f"{number}. {judged_sentence(judged, wording)}")
    if popular := not_holding(finding):
        _say(console, "Popular, but does not hold:")
        for judged in popular:
            _item(console, judged_sentence(judged, wording))


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


def _table(finding: Finding, rows: Sequence[Judged], wording: Wording) -> Listing:
    table = Listing(box=SIMPLE, padding=(0, 1, 0, 0))
    table.add_column("condition", max_width=WIDEST_CONDITION)
    table.add_column("verdict", no_wrap=True)
    for name in ("met", "converted", "lift"):
        table.add_column(name, justify="right", no_wrap=True)
    chosen = finding.recommended
    for judged in rows:
        condition = candidate_text(judged.candidate, wording)
        verdict = "recommended" if judged is chosen else judged.judgement.verdict
        table.add_row(condition, verdict, *_numbers(judged))
    return table


def _numbers(judged: Judged) -> Iterator[str]:
    figures = judged.later or judged.found
    yield f"{figures.met:,}"
    yield _share(figures.precision)
    yield _times(figures.lift)


def _share(rate: Rate) -> str:
    return "unknown" if rate.value is None else f"{rate.value:.1%}"


def _times(lift: Lift) -> str:
    if lift.value is None or lift.low is None or lift.high is None:
        return "unknown"
    return f"{lift.value:.2f} ({lift.low:.2f} to {lift.high:.2f})"

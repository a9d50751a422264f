"""A replayed definition file as tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pql.control_characters import escaped
from pql.statistics.intervals import Rate
from pql.words import counted
from routes.console import Listing, Terminal
from segments.replay.comparing import Movers, Standing
from segments.replay.outcomes import Lead, Picked
from segments.replay.planning import Plan
from segments.replay.report import Bar, Figures, Report

FIGURES = ("looked at", "before", "qualified", "too young", "precision", "recall", "lead in days")
MOST_SHOWN = 10
"""Accounts of a list that are printed; `--json` has more."""


def print_plan(console: Terminal, plan: Plan, reps: int | None) -> None:
    """Print what came of a replay; the load is told for each of the reps."""
    changes = plan.changes or ("nothing",)
    console.print(f"Applying it would change, against version {plan.version_in_force}:")
    for change in changes:
        console.print(f"  {change}", highlight=False)
    looked = f"{plan.looked_from:%Y-%m-%d} to {plan.looked_until:%Y-%m-%d}"
    console.print(f"\nLooked at each day at {plan.looked_until:%H:%M} UTC, {looked}.")
    for report in plan.definitions:
        _print_report(console, report, reps)
    console.print(
        "In brackets: 95 % intervals. Association, not cause. Seen with what had been received by "
        "each day; traits, and who belongs to whom, are those of today."
    )


def _print_report(console: Terminal, report: Report, reps: int | None) -> None:
    console.print(_whole(report))
    console.print(_weeks(report, reps))
    console.print(_segments(report.planned))
    changes = report.changes
    for title, movers in (("Enters", changes.entering), ("Leaves", changes.leaving)):
        _print_movers(console, title, movers)
    console.print(
        f"Qualified on any day: {changes.in_both:,} by both, {changes.planned_only:,} by the file "
        f"only, {changes.in_force_only:,} by the version in force only.\n"
    )
    if report.bar is not None:
        _print_bar(console, report.bar)


def _whole(report: Report) -> Listing:
    within = counted(report.within_days, "day")
    title = f"{report.definition}: converted within {within} after it qualified"
    table = _right(Listing("", *FIGURES, title=title))
    table.add_row("the file", *_cells(report.planned.whole))
    if report.in_force is not None:
        is_named_alike = report.beside == report.definition
        name = "in force" if is_named_alike else f"in force: {report.beside}"
        table.add_row(name, *_cells(report.in_force.whole))
    return table


def _cells(figures: Picked) -> Iterator[str]:
    for number in (figures.accounts, figures.already, figures.picked, figures.waiting):
        yield f"{number:,}"
    yield _share(figures.precision)
    yield _share(figures.recall)
    yield _lead(figures.lead_days)


def _weeks(report: Report, reps: int | None) -> Listing:
    columns = ["week of", "qualified", "in force", "high-touch", "low-touch"]
    table = _right(Listing(*columns, *(["a rep"] if reps else []), title="Newly, week by week"))
    before: Sequence[str] = [""] * len(report.planned.weeks)
    if report.in_force is not None:
        before = [str(week.qualified) for week in report.in_force.weeks]
    for week, in_force in zip(report.planned.weeks, before, strict=True):
        load = [f"{week.qualified / reps:.1f}"] if reps else []
        counts = (str(week.qualified), in_force, str(week.high_touch), str(week.low_touch))
        table.add_row(f"{week.begins:%Y-%m-%d}", *counts, *load)
    return table


def _segments(figures: Figures) -> Listing:
    table = _right(Listing("segment", *FIGURES, title="The file, by segment"))
    for segment in figures.segments:
        table.add_row(f"{segment.by}: {segment.value}", *_cells(segment.figures))
    return table


def _print_movers(console: Terminal, title: str, movers: Movers) -> None:
    console.print(f"{title} today: {movers.count:,}")
    for mover in movers.accounts[:MOST_SHOWN]:
        moves = f"{_standing(mover.before)} -> {_standing(mover.after)}"
        console.print(escaped(f"  {mover.name or mover.id} ({moves})"), highlight=False)
        for sentence in mover.why:
            console.print(escaped(f"    {sentence}"), highlight=False)
    if movers.count > MOST_SHOWN:
        console.print(f"  and {movers.count - MOST_SHOWN:,} more; --json names 100")


def _standing(standing: Standing) -> str:
    return standing.motion or "nobody's"


def _print_bar(console: Terminal, bar: Bar) -> None:
    capacity = f"{counted(bar.accounts_per_week, 'new account')} a week"
    if bar.cut_off is None or bar.figures is None or bar.yaml is None:
        console.print(f"No bar can be told for {capacity}: {bar.reason}.\n")
        return
    table = _right(Listing("bar", *FIGURES, title=f"The usage score that fills {capacity}"))
    table.add_row(f"{bar.cut_off} or more", *_cells(bar.figures))
    console.print(table)
    mean, most = sum(bar.per_week) / len(bar.per_week), max(bar.per_week)
    console.print(f"{mean:.1f} accounts in a mean week, {most:,} in the fullest.")
    console.print(f"In the file:\n{bar.yaml}", highlight=False)


def _share(rate: Rate) -> str:
    if rate.value is None or rate.low is None or rate.high is None:
        return "unknown"
    return f"{rate.value:.1%} ({rate.low:.1%} to {rate.high:.1%}) of {rate.total:,}"


def _lead(lead: Lead) -> str:
    if lead.median is None:
        return "unknown"
    return f"{lead.median:g} ({lead.lower_quartile:g} to {lead.upper_quartile:g})"


def _right(table: Listing) -> Listing:
    for column in table.columns[1:]:
        column.justify = "right"
    return table

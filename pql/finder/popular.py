"""What anybody would have tried, whether it holds or not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from pql.finder.candidates import Candidate, Part, distinct_parts
from pql.finder.confirming import Judgement, Verdict, judge
from pql.finder.counting import Counts
from pql.finder.figures import Figures
from pql.finder.finding import Judged
from pql.finder.groups import Group
from pql.finder.judging import figures_of
from pql.finder.preparing import Prepared
from pql.finder.trying import Tried
from pql.statistics.multiplicity import westfall_young

MOST = 8
GUESSED = frozenset({1.0, 3.0})
"""At all, and three times."""


def judge_popular(
    prepared: Prepared,
    tried: Tried,
    judged: Iterable[Judged],
    generator: np.random.Generator,
) -> tuple[Judged, ...]:
    """The most obvious candidates, and those that most units meet, with their verdicts.

    They may lack the support that it takes to be searched; then nothing can be told of them. Those
    that are `judged` already keep their figures: one condition has one interval.
    """
    before = {each.candidate: each for each in judged}
    popular = [Candidate((part,)) for part in popular_parts(prepared.earlier)]
    new = [each.parts[0] for each in popular if each not in before]
    before |= {each.candidate: each for each in _judge(prepared, tried, new, generator)}
    return tuple(before[each] for each in popular)


def _judge(
    prepared: Prepared, tried: Tried, parts: Sequence[Part], generator: np.random.Generator
) -> Iterator[Judged]:
    found = _figures(prepared.earlier, parts, generator)
    there: list[Figures] | list[None] = [None] * len(parts)
    if prepared.later is not None:
        there = _figures(prepared.later, parts, generator)
    p_values = westfall_young([figure.mcc.value or 0.0 for figure in found], tried.largest)
    for part, here, later, p_value in zip(parts, found, there, p_values, strict=True):
        verdict = _verdict(prepared, p_value, here, later)
        yield Judged(Candidate((part,)), here, later, float(p_value), None, verdict)


def popular_parts(group: Group) -> list[Part]:
    """Of guesses, at all and three times; then the round threshold of each column most reach."""
    table, fewest = group.table, group.support.not_met
    guesses, others = [], []
    for number, column in enumerate(table.columns):
        rounded = [each for each in distinct_parts(number, column, table) if each[0].is_round]
        if column.is_guess:
            guesses += [each for each in rounded if each[0].threshold in GUESSED]
        else:
            others += [each for each in rounded if each[2] >= fewest][:1]
    told: dict[int, Part] = {}
    for some in (guesses, others):
        for part, met, _ in sorted(some, key=lambda each: -each[1]):
            # What as many meet is the same said otherwise: once at all, on a day, by a person.
            told.setdefault(met, part)
    return list(told.values())[:MOST]


def _verdict(prepared: Prepared, p_value: float, here: Figures, later: Figures | None) -> Judgement:
    support = prepared.earlier.support
    if here.met < support.met or here.population - here.met < support.not_met:
        reason = f"{here.met:,} of {here.population:,} met it: there is hardly anybody to compare"
        return Judgement(Verdict.CANNOT_TELL, reason)
    return judge(p_value, here, later, prepared.later.support if prepared.later else None)


def _figures(group: Group, parts: Sequence[Part], generator: np.random.Generator) -> list[Figures]:
    table = group.table
    values = table.values[:, [part.column for part in parts]]
    met = values >= np.array([part.threshold for part in parts])  # unknown is not
    known, converted = ~np.isnan(values), table.outcome[:, np.newaxis]
    counts = Counts(
        *(flags.sum(axis=0) for flags in (known, known & converted, met, met & converted))
    )
    return figures_of(group, counts, generator)

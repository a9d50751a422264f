"""The search: from a table of values to what holds, or to no reliable threshold."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from pql.finder.candidates import FEWEST, SMALLEST_SHARE
from pql.finder.chance import Progress
from pql.finder.columns import ValueTable
from pql.finder.confirming import SIGNIFICANT, Verdict
from pql.finder.finding import Finding, Judged
from pql.finder.judging import judge_all
from pql.finder.optimism import Corrected, correct
from pql.finder.popular import judge_popular
from pql.finder.preparing import Prepared, Task, prepare
from pql.finder.recommending import recommend, round_rivals
from pql.finder.splitting import FEWEST_CONVERTED, period_of
from pql.finder.trying import Tried, try_all

HOLDING = frozenset({Verdict.HOLDS, Verdict.WEAKENED})


def search(table: ValueTable, task: Task, progress: Progress | None = None) -> Finding:
    """Search a table for what those who convert had reached: see docs/statistics.md.

    The same table and task give the same finding.
    """
    prepared = prepare(table, task)
    if (reason := _nothing_to_search(prepared)) is not None:
        return _finding(prepared, reason=reason)
    generator = np.random.default_rng(task.seed)
    tried = try_all(prepared.earlier, generator, task.runs, progress)
    numbers = sorted({*tried.beat_chance, *tried.listed})
    judged = judge_all(prepared, tried, numbers, generator)
    beat_chance = [judged[number] for number in tried.beat_chance]
    chosen = recommend([each for each in beat_chance if each.judgement.verdict in HOLDING])
    strongest = recommend(beat_chance) if prepared.later is None else None
    corrected = None
    if strongest is not None:
        corrected = correct(prepared.earlier, strongest.candidate, generator, progress)
    first = chosen or strongest
    rivals = [] if first is None else round_rivals(first.candidate, tried.candidates)
    if new := [number for number in rivals if number not in judged]:
        judged |= judge_all(prepared, tried, new, generator)
    return _finding(
        prepared,
        tried=tried,
        runs=task.runs,
        listed=tuple(judged[number] for number in tried.listed),
        popular=judge_popular(prepared, tried, judged.values(), generator),
        recommended=chosen,
        reason=None if chosen is not None else _nothing_holds(prepared, tried),
        strongest=strongest,
        corrected=corrected,
        rivals=tuple(judged[number] for number in rivals),
    )


def _nothing_to_search(prepared: Prepared) -> str | None:
    table = prepared.earlier.table
    if not prepared.is_enough:
        converted = int(table.outcome.sum())
        return (
            f"Of {len(table):,} that can be searched {converted:,} converted: it takes at least "
            f"{FEWEST_CONVERTED} that did and {FEWEST_CONVERTED} that did not."
        )
    if not table.columns:
        return "Nothing is left to search: every column was set aside."
    if not prepared.earlier.binned.parts:
        return (
            f"No threshold is met by at least {FEWEST} and {SMALLEST_SHARE:.0%} of the "
            f"{len(table):,}, and not met by {FEWEST}."
        )
    return None


def _nothing_holds(prepared: Prepared, tried: Tried) -> str:
    if not tried.beat_chance:
        p_value = tried.p_values[tried.best]
        return (
            f"The best of {len(tried.candidates):,} candidates looks as good by chance in "
            f"{p_value:.1%} of cases (it takes {SIGNIFICANT:.0%} or less)."
        )
    number = len(tried.beat_chance)
    if prepared.later is None:
        return f"{_candidates(number)} chance, but there are no later ones to confirm it on."
    return f"{_candidates(number)} chance on the earlier ones, and none holds on the later."


def _candidates(number: int) -> str:
    return "1 candidate beats" if number == 1 else f"{number:,} candidates beat"


def _finding(
    prepared: Prepared,
    *,
    tried: Tried | None = None,
    runs: int = 0,
    listed: tuple[Judged, ...] = (),
    popular: tuple[Judged, ...] = (),
    recommended: Judged | None = None,
    reason: str | None = None,
    strongest: Judged | None = None,
    corrected: Corrected | None = None,
    rivals: tuple[Judged, ...] = (),
) -> Finding:
    earlier, later = prepared.earlier, prepared.later
    left_out: Mapping[str, int] = prepared.left_out
    return Finding(
        columns=earlier.table.columns,
        claim=prepared.split.claim,
        split_note=prepared.split.note,
        searched=period_of(earlier.table),
        confirming=None if later is None else period_of(later.table),
        in_gap=prepared.split.in_gap,
        gap_days=prepared.split.gap_days,
        left_out=left_out,
        tried=0 if tried is None else len(tried.candidates),
        refused=prepared.refused,
        runs=runs,
        listed=listed,
        popular=popular,
        recommended=recommended,
        reason=reason,
        alarms=prepared.alarms,
        strongest=strongest,
        corrected=corrected,
        rivals=rivals,
        not_searched=prepared.not_searched,
    )

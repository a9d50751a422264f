"""How much too good the best of a search looks, where there are no later units to tell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pql.finder.candidates import Candidate, Support
from pql.finder.chance import Progress, search_all
from pql.finder.confirming import count_candidates
from pql.finder.counting import Binned, Counts
from pql.finder.figures import Correlation
from pql.finder.groups import Group
from pql.statistics.arrays import Flags, Floats, Integers
from pql.statistics.intervals import Lift

RESAMPLES = 200


@dataclass(frozen=True, slots=True)
class Corrected:
    """What is left of the best one's figures without the luck of having been chosen."""

    lift: Lift
    mcc: Correlation


def correct(
    group: Group,
    chosen: Candidate,
    generator: np.random.Generator,
    progress: Progress | None = None,
) -> Corrected:
    """Repeat the whole search on resamples of the accounts (Efron and Gong 1983, Harrell 2015).

    In each resample the best is looked for again, and its figure there is compared with its figure
    in the data it was drawn from. How far the two differ is how far the figure of the best in the
    data may differ from the truth: on average by its optimism, and 95 % of it is the interval.
    """
    binned, outcome = group.binned, group.table.outcome
    seen = count_candidates(binned, outcome, [chosen])
    errors = np.full((RESAMPLES, 2), np.nan)
    for run in range(RESAMPLES):
        rows = _resampled_rows(group.table.cluster, generator)
        again, outcome_again = binned.rows(rows), outcome[rows]
        best = _best(again, outcome_again, group.support)
        if best is not None:
            there, here = (
                count_candidates(some, what, [best])
                for some, what in ((again, outcome_again), (binned, outcome))
            )
            errors[run] = (
                _log_lift(there)[0] - _log_lift(here)[0],
                there.phi[0] - here.phi[0],
            )
        if progress:
            progress((run + 1) / RESAMPLES, "searching resamples")
    lift_error, phi_error = (column[np.isfinite(column)] for column in errors.T)
    phi, low, high = _without(float(seen.phi[0]), phi_error).tolist()
    return Corrected(
        Lift(*np.exp(_without(float(_log_lift(seen)[0]), lift_error)).tolist()),
        Correlation(phi, low, high, float(np.std(phi_error))),
    )


def _best(binned: Binned, outcome: Flags, support: Support) -> Candidate | None:
    found = search_all(binned, outcome[np.newaxis, :], support)
    if np.isnan(found.phi[0]).all():
        return None
    number = int(np.nanargmax(found.phi[0]))
    if number < len(binned.parts):
        return Candidate((binned.parts[number],))
    return dict(found.combined.candidates(binned))[number - len(binned.parts)]


def _resampled_rows(clusters: Integers, generator: np.random.Generator) -> Integers:
    """Rows of as many accounts as there are, drawn with all of their units."""
    accounts, account = np.unique(clusters, return_inverse=True)
    drawn = generator.integers(0, len(accounts), len(accounts))
    if len(accounts) == len(clusters):
        return np.argsort(account)[drawn]
    times = np.bincount(drawn, minlength=len(accounts))
    return np.repeat(np.arange(len(clusters)), times[account])


def _log_lift(counts: Counts) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        found: Floats = np.log(
            counts.met_and_converted * counts.population / (counts.met * counts.converted)
        )
    return found


def _without(value: float, errors: Floats) -> Floats:
    """The value without the mean error, and the ends without the largest and the smallest."""
    if not len(errors):
        return np.full(3, np.nan)
    low, high = np.quantile(errors, (0.025, 0.975))
    return np.array([value - errors.mean(), value - high, value - low])

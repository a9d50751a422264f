"""When time alone may change what was decided of accounts."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from pql.benchmarks.comparing import is_smaller_better
from pql.definitions.model import DefinitionFile
from pql.rules.comparing import Numbers
from pql.rules.facts import NO_DAY
from segments.at_hand import A_DAY, MUCH_LATER, Flags, Times, moment
from segments.judging import Case

RETRY_AFTER = np.timedelta64(1, "h")
"""When an account that could not be evaluated is tried again, if nothing changes before."""

A_MOMENT = np.timedelta64(1, "us")
NEVER = np.datetime64("NaT", "us")


def next_looks(case: Case, is_spoken_of: Flags) -> Times:
    """When to evaluate each account again: its trial ends, its next day begins, or it starts."""
    now, accounts, days = moment(case.now), case.accounts, case.days
    on_trial = accounts.statuses == "trial"
    started, ends = accounts.trial_started_at, accounts.trial_ends_at
    next_day = np.where(days != NO_DAY, case.calendar.day_ends(started, days), now + A_DAY)
    is_compared = (days != NO_DAY) & (days <= case.basis.benchmarks.longest_day)
    moves_on = is_compared | _is_rolling(case.metrics, case.file, len(accounts))
    looks = np.where(started > now, started, np.where(moves_on, next_day, NEVER))
    # Events of a clock that was ahead count when their time has come.
    is_ahead = accounts.last_seen_at > now + MUCH_LATER
    looks = np.fmin(looks, np.where(is_ahead, accounts.last_seen_at + A_MOMENT, NEVER))
    return np.fmin(
        np.where(is_spoken_of, looks, NEVER), np.where(on_trial & (ends > now), ends, NEVER)
    )


def _is_rolling(metrics: Mapping[str, Numbers], file: DefinitionFile, size: int) -> Flags:
    """Whether a number changes without an event: days since, or a last-days window not empty."""
    rolling = np.zeros(size, dtype=bool)
    for name, metric in file.metrics.items():
        if name in metrics and (metric.window.kind == "last" or is_smaller_better(metric)):
            rolling |= (metrics[name] > 0) & np.isfinite(metrics[name])
    return rolling

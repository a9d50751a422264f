"""Draws a simulated workspace: the same seed and moment give the same accounts and calls."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import count

import numpy as np

from pql.simulation.behaviours import PAST_TRIALS, TRIALS_UNDER_WAY, Cohort
from pql.simulation.calls import people_calls, usage_calls
from pql.simulation.interest import interest_calls
from pql.simulation.model import SimulatedAccount, Simulation

PAST_DAYS = (46, 150)
"""How long ago past trials began: all are old enough for their outcome to be known."""

AGE_DAYS = (3, 11)
"""How old trials under way are. Half a day is added, so that none turns a day older in a hurry."""

CONVERSION_DAYS = (8.0, 22.0)


def simulate(seed: int, now: datetime) -> Simulation:
    """A workspace with 420 past trials, about a quarter of them customers now, and 60 under way."""
    random = np.random.default_rng(seed)
    numbers = count(1)
    accounts = (
        *_draw(PAST_TRIALS, PAST_DAYS, now, random, numbers),
        *_draw(TRIALS_UNDER_WAY, AGE_DAYS, now, random, numbers),
    )
    return Simulation(
        accounts=accounts,
        people_calls=tuple(call for one in accounts for call in people_calls(one)),
        usage_calls=(
            *(call for one in accounts for call in usage_calls(one, now, random)),
            *interest_calls(accounts, now),
        ),
    )


def _draw(
    cohorts: Sequence[Cohort],
    days_ago: tuple[int, int],
    now: datetime,
    random: np.random.Generator,
    numbers: Iterator[int],
) -> Iterator[SimulatedAccount]:
    for cohort in cohorts:
        for position in range(cohort.accounts):
            converts = position < round(cohort.accounts * cohort.converts)
            age = float(random.integers(*days_ago, endpoint=True)) + 0.5
            started = now - timedelta(days=age)
            yield _account(cohort, next(numbers), started, converts, random)


def _account(
    cohort: Cohort,
    number: int,
    started: datetime,
    converts: bool,
    random: np.random.Generator,
) -> SimulatedAccount:
    behaviour = cohort.behaviour
    pays_after = timedelta(days=float(random.uniform(*CONVERSION_DAYS)))
    return SimulatedAccount(
        key=f"simulated-{number:03d}",
        name=f"Simulated account {number:03d}",
        behaviour=behaviour,
        people=int(random.integers(*behaviour.people, endpoint=True)),
        employees=int(random.integers(*behaviour.employees, endpoint=True)),
        trial_started_at=started,
        converted_at=started + pays_after if converts else None,
    )

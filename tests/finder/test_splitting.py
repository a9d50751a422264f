"""Earlier units search, later ones confirm, and nothing of the later was known to the earlier."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pql.finder.columns import ValueTable
from pql.finder.splitting import Claim, period_of, split
from tests.finder.tables import table_of


def trials(units: int, days: int, seed: int = 1) -> ValueTable:
    generator = np.random.default_rng(seed)
    began = np.sort(generator.integers(0, days, units))
    return table_of(np.zeros((units, 1)), generator.random(units) < 0.3, days=began)


@given(st.integers(0, 1_000), st.integers(1, 40))
def test_every_searched_outcome_was_known_before_the_first_that_confirms(
    seed: int, gap: int
) -> None:
    table = trials(400, 300, seed)
    groups = split(table, gap)
    assert groups.claim is Claim.OUT_OF_TIME
    assert table.started_at is not None
    last_searched = table.started_at[groups.searched].max()
    assert last_searched + np.timedelta64(gap, "D") < table.started_at[groups.confirming].min()


def test_who_is_in_the_gap_is_in_neither_group_and_counted() -> None:
    table = trials(600, 240)
    groups = split(table, 37)
    assert not (groups.searched & groups.confirming).any()
    assert groups.in_gap == len(table) - groups.searched.sum() - groups.confirming.sum() > 50
    assert 0.5 < groups.searched.sum() / (len(table) - groups.in_gap) < 0.7


def test_where_time_is_too_short_for_the_gap_the_claim_shrinks() -> None:
    groups = split(trials(600, 60), 37)
    assert groups.claim is Claim.LATER
    assert "no gap" in groups.note
    assert groups.searched.sum() + groups.confirming.sum() == 600


@pytest.mark.parametrize("table", [trials(30, 200), table_of(np.zeros((500, 1)), [True] * 500)])
def test_with_too_few_or_without_time_there_is_one_group(table: ValueTable) -> None:
    groups = split(table, 37)
    assert groups.claim is Claim.ONE_GROUP
    assert groups.searched.all()
    assert not groups.confirming.any()


def test_a_period_names_its_ends() -> None:
    period = period_of(table_of([[0.0], [0.0]], [True, False], days=[0, 31]))
    assert (period.units, period.converted) == (2, 1)
    assert (period.first, period.last) == ("2026-01-01", "2026-02-01")

"""What the best of many is worth."""

import numpy as np
import pytest

from pql.finder.candidates import Support, supported_parts
from pql.finder.chance import permute, permuted_outcomes, search_all
from pql.finder.columns import ValueTable, weeks_since_first
from pql.finder.counting import put_in_bins
from pql.finder.groups import Group
from pql.statistics.multiplicity import westfall_young
from tests.finder.tables import table_of

RUNS = 200


def p_of_best(table: ValueTable, seed: int = 1) -> float:
    support = Support.of(table)
    parts, _ = supported_parts(table, support)
    group = Group(table, put_in_bins(table, parts), support)
    seen = search_all(group.binned, table.outcome[np.newaxis, :], support)
    chance = permute(group, seen, np.random.default_rng(seed), RUNS)
    return float(westfall_young([np.nanmax(seen.phi)], chance.largest)[0])


def test_outcomes_are_exchanged_within_weeks_only() -> None:
    generator = np.random.default_rng(1)
    outcome, weeks = generator.random(90) < 0.4, np.repeat([0, 1, 2], 30)
    drawn = permuted_outcomes(outcome, weeks, np.arange(90), generator, 50)
    for week in range(3):
        assert (drawn[:, weeks == week].sum(axis=1) == outcome[weeks == week].sum()).all()
    assert len(np.unique(drawn, axis=0)) == 50


def test_people_of_an_account_keep_one_outcome() -> None:
    generator = np.random.default_rng(1)
    clusters = np.repeat(np.arange(40), 3)
    outcome = np.repeat(np.arange(40) % 4 == 0, 3)
    drawn = permuted_outcomes(outcome, np.zeros(120, dtype=np.int64), clusters, generator, 20)
    of_accounts = drawn.reshape(20, 40, 3)
    assert (of_accounts == of_accounts[:, :, :1]).all()
    assert (of_accounts[:, :, 0].sum(axis=1) == 10).all()


def test_a_season_that_moves_both_is_no_finding() -> None:
    """In later weeks accounts do more and convert more; within a week the two are unrelated."""
    found = []
    for seed in range(20):
        generator = np.random.default_rng(seed)
        weeks = np.sort(generator.integers(0, 8, 400))
        values = generator.poisson(1 + weeks)[:, np.newaxis]
        outcome = generator.random(400) < 0.05 + 0.07 * weeks
        found.append(p_of_best(table_of(values, outcome, days=7 * weeks), seed))
    assert np.mean(np.array(found) <= 0.05) <= 0.15


def test_people_of_one_account_are_no_evidence_of_their_own() -> None:
    """Whole accounts use a metric or not, for no reason: as a thousand people it looks like one."""
    found = []
    for seed in range(20):
        generator = np.random.default_rng(seed)
        clusters = np.repeat(np.arange(150), 8)
        uses = np.repeat(generator.random(150) < 0.5, 8)[:, np.newaxis]
        outcome = np.repeat(generator.random(150) < 0.3, 8)
        found.append(p_of_best(table_of(uses, outcome, clusters=clusters), seed))
    assert np.mean(np.array(found) <= 0.05) <= 0.15


def test_an_effect_is_found() -> None:
    generator = np.random.default_rng(1)
    values = generator.poisson(5, (300, 4))
    outcome = generator.random(300) < np.where(values[:, 2] >= 7, 0.6, 0.1)
    assert p_of_best(table_of(values, outcome, days=np.sort(generator.integers(0, 60, 300)))) < 0.01


@pytest.mark.parametrize("days", [[0, 6, 7, 13, 14], [100, 106, 107, 113, 114]])
def test_weeks_are_counted_from_the_first_unit(days: list[int]) -> None:
    table = table_of(np.zeros((5, 1)), np.zeros(5), days=days)
    assert weeks_since_first(table.started_at, 5).tolist() == [0, 0, 1, 1, 2]
    assert weeks_since_first(None, 3).tolist() == [0, 0, 0]

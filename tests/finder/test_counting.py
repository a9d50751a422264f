"""All thresholds at once come to what one at a time comes to."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pql.finder.candidates import Candidate, Part, Support, supported_parts
from pql.finder.chance import search_all
from pql.finder.combining import NEAR_COPY, is_near_copy
from pql.finder.confirming import count_candidates
from pql.finder.counting import Counts, count_bits, pack, put_in_bins
from pql.statistics.arrays import Flags
from tests.finder.tables import meets, table_of

ANYTHING = Support(met=1, not_met=1)


def three_states(part: Part, values: np.ndarray) -> tuple[Flags, Flags]:
    """Who meets a part and who does not; unknown is neither."""
    column = values[:, part.column]
    return column >= part.threshold, column < part.threshold


def by_hand(met: Flags, not_met: Flags, outcome: Flags) -> tuple[int, int, int, int]:
    known = met | not_met
    return (
        int(known.sum()),
        int((known & outcome).sum()),
        int(met.sum()),
        int((met & outcome).sum()),
    )


def of(counts: Counts, *place: int) -> tuple[int, int, int, int]:
    four = (counts.population, counts.converted, counts.met, counts.met_and_converted)
    population, converted, met, both = (int(each[place]) for each in four)
    return population, converted, met, both


@given(seed=st.integers(0, 10_000), missing=st.sampled_from([0.0, 0.2]))
def test_every_threshold_of_every_outcome_is_counted(seed: int, missing: float) -> None:
    generator = np.random.default_rng(seed)
    values = generator.poisson(3, (60, 3)).astype(float)
    values[generator.random(values.shape) < missing] = np.nan
    outcomes = generator.random((4, 60)) < 0.3
    table = table_of(values, outcomes[0])
    parts, _ = supported_parts(table, ANYTHING)
    counts = put_in_bins(table, parts).count(outcomes)
    for run, outcome in enumerate(outcomes):
        for number, part in enumerate(parts):
            assert of(counts, run, number) == by_hand(*three_states(part, values), outcome)


@given(seed=st.integers(0, 10_000), missing=st.sampled_from([0.0, 0.2]))
def test_combinations_follow_three_valued_logic(seed: int, missing: float) -> None:
    generator = np.random.default_rng(seed)
    values = generator.poisson(2, (80, 5)).astype(float)
    values[generator.random(values.shape) < missing] = np.nan
    table = table_of(values, generator.random(80) < 0.4)
    parts, _ = supported_parts(table, ANYTHING)
    binned = put_in_bins(table, parts)
    combined = search_all(binned, table.outcome[np.newaxis, :], ANYTHING).combined
    for number, candidate in combined.candidates(binned):
        states = [three_states(part, values) for part in candidate.parts]
        met = [each for each, _ in states]
        not_met = [each for _, each in states]
        if candidate.require == "all":
            expected = by_hand(np.all(met, axis=0), np.any(not_met, axis=0), table.outcome)
        else:
            expected = by_hand(np.any(met, axis=0), np.all(not_met, axis=0), table.outcome)
        assert of(combined.counts, 0, number) == expected
        assert of(count_candidates(binned, table.outcome, [candidate]), 0) == expected


def test_what_is_combined_is_no_near_copy() -> None:
    generator = np.random.default_rng(3)
    first = generator.poisson(5, 400).astype(float)
    copy = first + (generator.random(400) < 0.02)
    other = generator.poisson(5, 400).astype(float)
    outcome = (first >= 5) & (generator.random(400) < 0.7) | (other >= 8)
    table = table_of(np.stack([first, copy, other], axis=1), outcome)
    parts, _ = supported_parts(table, Support.of(table))
    binned = put_in_bins(table, parts)
    combined = search_all(binned, outcome[np.newaxis, :], Support.of(table)).combined
    found = [candidate for _, candidate in combined.candidates(binned)]
    assert found
    for candidate in found:
        one, two, *_ = (meets(table, Candidate((part,))) for part in candidate.parts)
        assert np.corrcoef(one, two)[0, 1] < NEAR_COPY
        assert not is_near_copy(one, two)
    assert not any({0, 1} <= {part.column for part in each.parts} for each in found)


def test_rows_may_repeat_as_in_a_resample() -> None:
    table = table_of([[1.0], [2.0], [3.0]], [False, True, True])
    binned = put_in_bins(table, [Part(0, 2.0, is_round=True)])
    rows = np.array([1, 1, 0])
    assert of(binned.rows(rows).count(table.outcome[rows][np.newaxis, :]), 0, 0) == (3, 2, 2, 2)


@pytest.mark.parametrize("size", [1, 64, 65, 200])
def test_bits_are_counted(size: int) -> None:
    flags = np.random.default_rng(size).random((3, size)) < 0.5
    assert count_bits(pack(flags)).tolist() == flags.sum(axis=1).tolist()

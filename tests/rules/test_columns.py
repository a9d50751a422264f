"""A rule over thousands of accounts at once says of each what it says of that one alone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from pql.definitions.model import BenchmarkThreshold, Group, Rule, State, Test
from pql.rules import BenchmarkValue, Columns, Facts, Repeated, evaluate, evaluate_columns
from pql.rules.facts import LEVEL_BITS, NO_DAY, POTENTIAL_LEVELS
from pql.rules.states import NUMBERS, STATES
from tests.rules import reference

METRICS, TRAITS = ("a", "b"), ("plan", "size")
ORDERED = ("at_least", "at_most", "more_than", "less_than")
numbers = st.integers(0, 3) | st.sampled_from([0.5, 2.5])
benchmark_thresholds = st.builds(
    BenchmarkThreshold, st.sampled_from([50, 90]), st.sampled_from(["later_customers"])
)
things = st.sampled_from(["5", 5, True, "true", " Plus", "plus", "51-200", 0.5, None])
parts = st.sampled_from(["5", 5, True, "PLUS", "p", "-2", 0.5])
listed = st.lists(things.filter(lambda each: each is not None), min_size=1, max_size=3).map(tuple)

tests: st.SearchStrategy[Test] = st.one_of(
    st.builds(
        Test,
        st.just("metric"),
        st.sampled_from([*METRICS, "never measured"]),
        st.sampled_from(ORDERED),
        numbers | benchmark_thresholds,
    ),
    st.builds(Test, st.just("metric"), st.sampled_from(METRICS), st.just("is"), numbers),
    st.builds(Test, st.just("trait"), st.sampled_from(TRAITS), st.sampled_from(ORDERED), numbers),
    st.builds(Test, st.just("trait"), st.sampled_from(TRAITS), st.sampled_from(["in"]), listed),
    st.builds(
        Test,
        st.just("trait"),
        st.sampled_from(TRAITS),
        st.sampled_from(["contains", "starts_with", "has"]),
        parts,
    ),
    st.builds(Test, st.just("trait"), st.sampled_from(TRAITS), st.just("exists"), st.booleans()),
    st.builds(
        Test,
        st.just("status"),
        st.just("status"),
        st.just("in"),
        st.sampled_from([("trial",), ("trial", "free")]),
    ),
    st.builds(
        Test, st.just("pql"), st.just("pql"), st.just("is"), st.sampled_from(["met", "not_met"])
    ),
    st.builds(
        Test,
        st.just("potential"),
        st.just("potential"),
        st.just("in"),
        st.lists(st.sampled_from(POTENTIAL_LEVELS), min_size=1, max_size=3).map(tuple),
    ),
    st.builds(
        Test,
        st.just("usage_score"),
        st.just("usage_score"),
        st.sampled_from(ORDERED),
        st.integers(0, 100),
    ),
)
rules: st.SearchStrategy[Rule] = st.recursive(
    tests,
    lambda inner: st.lists(inner, min_size=1, max_size=3).flatmap(
        lambda parts: st.builds(
            Group,
            st.sampled_from(["all", "any", *range(1, len(parts) + 1)]),
            st.just(tuple(parts)),
        )
    ),
    max_leaves=6,
)


def benchmark_on(day: int | None, threshold: BenchmarkThreshold) -> BenchmarkValue | None:
    """None without a day, too few on the first, and higher from day to day."""
    if day is None:
        return None
    value = None if day == 1 else day * threshold.percentile / 50
    return BenchmarkValue(value, 10 * day, 25)


@st.composite
def accounts(draw: st.DrawFn) -> Facts:
    day = draw(st.none() | st.integers(1, 4))
    return Facts(
        metrics={
            name: draw(st.sampled_from([0.0, 1.0, 2.0, math.inf, math.nan])) for name in METRICS
        },
        traits={
            name: draw(things | st.sampled_from([["a list"], [5, " p "], {}])) for name in TRAITS
        },
        status=draw(st.sampled_from(["trial", "free", "paying", "unknown"])),
        pql=draw(st.sampled_from(list(State))),
        potential=frozenset(draw(st.sets(st.sampled_from(POTENTIAL_LEVELS), min_size=1))),
        usage_score=draw(st.none() | st.integers(0, 100)),
        trial_day=day,
        benchmark=lambda _metric, threshold: benchmark_on(day, threshold),
    )


def columns_of(accounts: Sequence[Facts]) -> Columns:
    scores: list[Any] = [
        math.nan if each.usage_score is None else each.usage_score for each in accounts
    ]
    return Columns(
        size=len(accounts),
        metrics={name: np.array([each.metrics[name] for each in accounts]) for name in METRICS},
        traits={name: [each.traits[name] for each in accounts] for name in TRAITS},
        status=[each.status for each in accounts],
        pql=np.array([NUMBERS[each.pql] for each in accounts]),
        potential=np.array(
            [sum(LEVEL_BITS[level] for level in each.potential) for each in accounts]
        ),
        usage_score=np.array(scores, dtype=np.float64),
        trial_day=np.array([each.trial_day or NO_DAY for each in accounts]),
        benchmark=lambda _metric, threshold, day: benchmark_on(day, threshold),
    )


@given(rules, st.lists(accounts(), min_size=1, max_size=8))
@settings(deadline=None)
def test_many_accounts_at_once_are_judged_as_each_is_alone(rule: Rule, some: list[Facts]) -> None:
    together = evaluate_columns(rule, columns_of(some))
    for place, facts in enumerate(some):
        assert together.of(place) == evaluate(rule, facts)


@given(rules, st.lists(accounts(), min_size=1, max_size=4), st.data())
@settings(deadline=None)
def test_values_that_come_again_and_again_need_not_be_repeated(
    rule: Rule, some: list[Facts], data: st.DataObject
) -> None:
    places = data.draw(st.lists(st.integers(0, len(some) - 1), min_size=1, max_size=8))
    columns = columns_of([some[place] for place in places])
    once = columns_of(some)
    repeated = replace(
        columns,
        traits={name: Repeated(each, np.array(places)) for name, each in once.traits.items()},
        status=Repeated(once.status or [], np.array(places)),
    )
    verdicts, expected = evaluate_columns(rule, repeated), evaluate_columns(rule, columns)
    assert [verdicts.of(place) for place in range(len(places))] == [
        expected.of(place) for place in range(len(places))
    ]


@given(rules, st.lists(accounts(), min_size=1, max_size=8))
@settings(deadline=None)
def test_the_states_are_those_of_a_slow_and_plain_interpreter(
    rule: Rule, some: list[Facts]
) -> None:
    states = evaluate_columns(rule, columns_of(some)).states
    expected = [reference.state_of(rule, facts) for facts in some]
    assert [STATES[int(state)] for state in states] == expected


def test_nothing_known_of_anybody_is_unknown_of_all() -> None:
    rule = Group("all", (Test("metric", "a", "at_least", 1), Test("trait", "plan", "is", "plus")))
    assert evaluate_columns(rule, Columns(size=3)).states.tolist() == [0, 0, 0]


def test_no_account_at_all_is_no_state_at_all() -> None:
    rule = Test("metric", "a", "at_least", BenchmarkThreshold(50))
    assert evaluate_columns(rule, Columns(size=0)).states.tolist() == []

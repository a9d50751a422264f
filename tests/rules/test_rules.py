"""Rules in three states: what is unknown is never taken for a no."""

import json
import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pql.definitions.model import BenchmarkThreshold, Group, Rule, State, Test
from pql.rules import BenchmarkValue, Facts, evaluate
from pql.rules.states import NUMBERS, STATES
from pql.rules.states import at_least as at_least_of_columns

MET, NOT_MET, UNKNOWN = State.MET, State.NOT_MET, State.UNKNOWN
MEDIAN = Test("metric", "messages_sent", "at_least", BenchmarkThreshold(50))
states = st.sampled_from(list(State))


def state_of(rule: Rule, **facts: object) -> State:
    return evaluate(rule, Facts(**facts)).state  # type: ignore[arg-type]


def sentence_of(rule: Rule, **facts: object) -> str:
    return evaluate(rule, Facts(**facts)).tests[0].sentence  # type: ignore[arg-type]


def at_least(count: int, tested: Sequence[State]) -> State:
    rules = [np.array([NUMBERS[state]]) for state in tested]
    return STATES[int(at_least_of_columns(count, rules, size=1)[0])]


def benchmark(value: float | None, accounts: int) -> dict[str, object]:
    return {"benchmark": lambda _metric, _threshold: BenchmarkValue(value, accounts, needed=25)}


def metric(name: str, least: float) -> Test:
    return Test("metric", name, "at_least", least)


@pytest.mark.parametrize(
    ("require", "tested", "result"),
    [
        ("all", (MET, MET), MET),
        ("all", (MET, UNKNOWN), UNKNOWN),
        ("all", (NOT_MET, UNKNOWN), NOT_MET),
        ("any", (MET, UNKNOWN), MET),
        ("any", (NOT_MET, UNKNOWN), UNKNOWN),
        ("any", (NOT_MET, NOT_MET), NOT_MET),
        (2, (MET, MET, UNKNOWN), MET),
        (2, (MET, NOT_MET, UNKNOWN), UNKNOWN),
        (2, (NOT_MET, NOT_MET, UNKNOWN), NOT_MET),
    ],
)
def test_a_group_is_decided_only_if_the_unknown_cannot_change_it(
    require: str | int, tested: Sequence[State], result: State
) -> None:
    values = {MET: 1.0, NOT_MET: 0.0, UNKNOWN: math.nan}
    metrics = {f"m{place}": values[state] for place, state in enumerate(tested)}
    rule = Group(require, tuple(metric(name, 1) for name in metrics))
    assert state_of(rule, metrics=metrics) is result


@given(st.lists(states, max_size=6), st.integers(1, 6))
@settings(deadline=None)
def test_a_count_is_met_exactly_if_every_completion_of_the_unknown_meets_it(
    tested: list[State], count: int
) -> None:
    choices = [[MET, NOT_MET] if state is UNKNOWN else [state] for state in tested]
    outcomes = {list(completed).count(MET) >= count for completed in product(*choices)}
    expected = UNKNOWN if len(outcomes) == 2 else MET if True in outcomes else NOT_MET
    assert at_least(count, tested) is expected


def negated(state: State) -> State:
    return {MET: NOT_MET, NOT_MET: MET, UNKNOWN: UNKNOWN}[state]


@given(st.lists(states, min_size=1, max_size=6))
@settings(deadline=None)
def test_all_and_any_are_each_others_mirror(tested: list[State]) -> None:
    assert at_least(len(tested), tested) is negated(
        at_least(1, [negated(state) for state in tested])
    )


@given(st.lists(states, min_size=1, max_size=6), st.integers(1, 6), st.randoms())
@settings(deadline=None)
def test_the_order_of_tests_does_not_matter(
    tested: list[State], count: int, random: object
) -> None:
    shuffled = sorted(tested, key=lambda _: random.random())  # type: ignore[attr-defined]
    assert at_least(count, tested) is at_least(count, shuffled)


names = st.sampled_from(["a", "b", "c"])
rules: st.SearchStrategy[Rule] = st.recursive(
    st.builds(metric, names, st.integers(0, 3)),
    lambda inner: st.lists(inner, min_size=1, max_size=3).flatmap(
        lambda parts: st.builds(
            Group,
            st.sampled_from(["all", "any", *range(1, len(parts) + 1)]),
            st.just(tuple(parts)),
        )
    ),
    max_leaves=8,
)
values = st.integers(0, 4).map(float) | st.just(math.nan)


@given(rules, st.fixed_dictionaries({"a": values, "b": values, "c": values}), st.integers(0, 4))
@settings(deadline=None)
def test_learning_what_was_unknown_never_contradicts_what_was_decided(
    rule: Rule, known: dict[str, float], learnt: int
) -> None:
    before = state_of(rule, metrics=known)
    complete = {
        name: float(learnt) if math.isnan(value) else value for name, value in known.items()
    }
    after = state_of(rule, metrics=complete)
    assert after is not UNKNOWN
    assert before in (UNKNOWN, after)


@given(rules, st.fixed_dictionaries({"a": values, "b": values, "c": values}))
@settings(deadline=None)
def test_a_verdict_is_json_and_tells_what_is_missing_only_where_something_is(
    rule: Rule, metrics: dict[str, float]
) -> None:
    verdict = evaluate(rule, Facts(metrics=metrics))
    assert json.loads(json.dumps(verdict.as_document(), allow_nan=False))
    for test in verdict.tests:
        assert (test.missing is not None) == (test.state is NOT_MET)


def test_what_never_happened_is_infinitely_long_ago_and_not_unknown() -> None:
    never = {"last_seen": math.inf}
    assert state_of(Test("metric", "last_seen", "at_most", 7), metrics=never) is NOT_MET
    assert state_of(Test("metric", "last_seen", "at_least", 30), metrics=never) is MET
    verdict = evaluate(Test("metric", "last_seen", "at_most", 7), Facts(metrics=never))
    assert verdict.as_document()["tests"][0]["value"] == "never"


@pytest.mark.parametrize(
    ("comparison", "value", "state"),
    [
        ("at_least", 3, MET),
        ("more_than", 3, NOT_MET),
        ("at_most", 3, MET),
        ("less_than", 3, NOT_MET),
        ("is", 3, MET),
        ("is", 4, NOT_MET),
        ("at_least", None, UNKNOWN),
        ("is", None, UNKNOWN),
    ],
)
def test_metrics_are_compared(comparison: str, value: float | None, state: State) -> None:
    assert state_of(Test("metric", "m", comparison, 3), metrics={"m": value}) is state


@pytest.mark.parametrize(
    ("comparison", "threshold", "value", "state"),
    [
        ("is", "CEO", " ceo ", MET),
        ("is", True, "true", MET),
        ("is", True, True, MET),
        ("is", 1, True, NOT_MET),
        ("is", 5, "5.0", MET),
        ("in", ("a", "b"), "B", MET),
        ("in", ("a", "b"), "c", NOT_MET),
        ("at_least", 50, "80", MET),
        ("at_least", 50, "51-200", UNKNOWN),
        ("at_least", 50, "inf", UNKNOWN),
        ("at_least", 50, True, UNKNOWN),
        ("is", "a", ["a"], UNKNOWN),
        ("is", "a", None, UNKNOWN),
        ("exists", True, None, NOT_MET),
        ("exists", False, None, MET),
        ("exists", True, 0, MET),
    ],
)
def test_traits_are_compared(
    comparison: str, threshold: object, value: object, state: State
) -> None:
    assert state_of(Test("trait", "t", comparison, threshold), traits={"t": value}) is state


def test_a_trait_that_is_missing_is_unknown_and_does_not_exist() -> None:
    assert state_of(Test("trait", "t", "is", "a")) is UNKNOWN
    assert state_of(Test("trait", "t", "exists", True)) is NOT_MET


@pytest.mark.parametrize(
    ("levels", "state"),
    [
        ({"large"}, MET),
        ({"medium", "large"}, MET),
        ({"small"}, NOT_MET),
        ({"small", "medium", "large"}, UNKNOWN),
    ],
)
def test_potential_is_decided_when_every_level_that_is_possible_agrees(
    levels: set[str], state: State
) -> None:
    rule = Test("potential", "potential", "in", ("medium", "large"))
    assert state_of(rule, potential=frozenset(levels)) is state


@pytest.mark.parametrize("pql", list(State))
def test_the_pql_state_can_be_asked_for_and_denied(pql: State) -> None:
    assert state_of(Test("pql", "pql", "is", "met"), pql=pql) is pql
    assert state_of(Test("pql", "pql", "is", "not_met"), pql=pql) is negated(pql)


def test_status_and_usage_score_are_unknown_until_they_are_known() -> None:
    status = Test("status", "status", "in", ("trial", "free"))
    score = Test("usage_score", "usage_score", "at_least", 50)
    assert state_of(status) is UNKNOWN
    assert state_of(status, status="free") is MET
    assert state_of(status, status="paying") is NOT_MET
    assert state_of(score) is UNKNOWN
    assert state_of(score, usage_score=50) is MET
    assert state_of(score, usage_score=49) is NOT_MET


def test_a_benchmark_that_is_missed_says_by_how_much_and_by_when() -> None:
    known = Facts(metrics={"messages_sent": 40.0}, trial_day=6, **benchmark(42.0, 120))  # type: ignore[arg-type]
    result = evaluate(MEDIAN, known).tests[0]
    assert result.sentence == (
        "messages sent 40 of 42: 2 short of what the median later customer had done by day 6"
    )
    assert (result.missing, result.threshold, result.threshold_text) == (2.0, 42.0, "customer p50")
    met = evaluate(MEDIAN, replace(known, metrics={"messages_sent": 50.0})).tests[0]
    assert met.sentence == (
        "messages sent 50 against at least 42, what the median later customer had done by day 6"
    )


def test_too_few_accounts_to_compare_with_are_unknown_and_say_so() -> None:
    metrics = {"messages_sent": 40.0}
    assert state_of(MEDIAN, metrics=metrics, **benchmark(None, 12)) is UNKNOWN
    assert sentence_of(MEDIAN, metrics=metrics, **benchmark(None, 12)) == (
        "messages sent unknown: only 12 customers to compare with, 25 are needed"
    )
    assert sentence_of(MEDIAN, metrics=metrics) == (
        "messages sent unknown: there is nobody to compare with yet"
    )


@pytest.mark.parametrize(
    ("rule", "facts", "sentence"),
    [
        (metric("active_people", 3), {"metrics": {"active_people": 5.0}},
         "at least 3 active people: 5"),
        (metric("active_people", 3), {"metrics": {"active_people": 1.0}},
         "at least 3 active people: 1, 2 short"),
        (metric("active_people", 2_000), {}, "at least 2,000 active people: unknown"),
        (Test("metric", "days_idle", "at_most", 7), {"metrics": {"days_idle": 9.5}},
         "at most 7 days idle: 9.5, 2.5 too many"),
        (Test("trait", "plan", "in", ("business", "team")), {"traits": {"plan": "free"}},
         "plan is one of business, team: free"),
        (Test("trait", "plan", "exists", True), {}, "plan is given: no"),
        (Test("pql", "pql", "is", "met"), {}, "product-qualified: unknown"),
        (Test("potential", "potential", "in", ("large",)), {"potential": frozenset({"small"})},
         "potential is one of large: small"),
    ],
)  # fmt: skip
def test_a_sentence_says_what_was_asked_and_what_was_found(
    rule: Rule, facts: dict[str, object], sentence: str
) -> None:
    assert sentence_of(rule, **facts) == sentence


def test_every_test_is_told_in_the_order_it_is_written() -> None:
    rule = Group("any", (metric("a", 1), Group("all", (metric("b", 1), metric("c", 1)))))
    assert [test.name for test in evaluate(rule, Facts(metrics={"a": 1.0})).tests] == [
        "a",
        "b",
        "c",
    ]

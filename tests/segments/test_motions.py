"""Motions are tried from the highest down, and what is not known is never taken for a no."""

import json
from collections.abc import Mapping
from datetime import timedelta
from math import inf, nan
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pql.benchmarks.comparing import LATER_CUSTOMERS, Benchmarks
from pql.benchmarks.percentiles import Percentiles
from pql.definitions.model import DefinitionFile, Motion, State
from pql.definitions.reading import DefinitionError, read_definitions
from segments.deciding import Subjects, decide
from segments.explanation import Basis, explain
from tests.fixtures.product import START

TEXT = """
metrics:
  invites: {event: invite_sent, aggregate: count, window: first 14 days}
  people:  {event: any, aggregate: distinct contacts, window: whole trial}
definitions:
  conversion:
    population: status is trial
    outcome: {becomes: paying, within: 30 days}
    criteria:
      - {metric: invites, at_least: customer p50}
      - {metric: people, at_least: 3}
    require: all
    score: {invites: 2, people: 1}
potential:
  large:  {any: [{metric: people, at_least: 10}, {trait: employees, at_least: 200}]}
  medium: {any: [{metric: people, at_least: 3}, {trait: employees, at_least: 20}]}
motions:
  high_touch: {all: [{pql: met}, {potential: large}]}
  low_touch:
    any:
      - {pql: met}
      - {all: [{usage_score: {at_least: 50}}, {potential: [large, medium]}]}
"""
FILE = read_definitions(TEXT, "test.yaml")
DEFINITION = FILE.definitions["conversion"]
DAY_6 = START + timedelta(days=5, hours=12)
SMALL_COMPANY = {"employees": 5}
LARGE_COMPANY = {"employees": 500}

enough = Percentiles(40, p10=1, p25=2, p50=6, p75=9, p90=12, median_low=5, median_high=7)
people_row = Percentiles(40, p10=1, p25=1, p50=2, p75=4, p90=8)
BENCHMARKS = Benchmarks(
    {("invites", LATER_CUSTOMERS, 6): enough, ("people", LATER_CUSTOMERS, 6): people_row}, 7
)


def decided(
    invites: float,
    people: float,
    traits: Mapping[str, object] | None = None,
    benchmarks: Benchmarks = BENCHMARKS,
    *,
    file: DefinitionFile = FILE,
) -> dict[str, Any]:
    """The explanation of an account on day 6 of its trial."""
    traits = SMALL_COMPANY if traits is None else traits
    subjects = Subjects(
        statuses=["trial"],
        traits={name: [traits.get(name)] for name in ("employees", "plan")},
        trial_days=np.array([6]),
        metrics={"invites": np.array([float(invites)]), "people": np.array([float(people)])},
    )
    decisions = decide(file, file.definitions["conversion"], subjects, benchmarks)
    (explanation,) = explain(decisions, Basis(3, benchmarks), [DAY_6])
    document: dict[str, Any] = json.loads(json.dumps(explanation))
    return document


@pytest.mark.parametrize(
    ("invites", "people", "traits", "motion"),
    [
        (6, 3, LARGE_COMPANY, Motion.HIGH_TOUCH),
        (6, 10, SMALL_COMPANY, Motion.HIGH_TOUCH),
        (6, 3, SMALL_COMPANY, Motion.LOW_TOUCH),
        (5, 8, SMALL_COMPANY, Motion.LOW_TOUCH),
        (5, 2, SMALL_COMPANY, Motion.NO_TOUCH),
        (0, 0, LARGE_COMPANY, Motion.NO_TOUCH),
    ],
)
def test_the_motion_follows_from_usage_and_potential(
    invites: float, people: float, traits: dict[str, int], motion: Motion
) -> None:
    assert decided(invites, people, traits)["motion"]["motion"] == motion


def test_what_is_missing_is_said_in_units_of_the_metric() -> None:
    document = decided(4, 8, LARGE_COMPANY)
    assert document["motion"]["motion"] == Motion.LOW_TOUCH
    assert document["next"] == {
        "motion": Motion.HIGH_TOUCH,
        "missing": ["invites 4 of 6: 2 short of what the median later customer had done by day 6"],
    }


def test_alternatives_are_told_together() -> None:
    assert decided(6, 3)["next"] == {
        "motion": Motion.HIGH_TOUCH,
        "missing": [
            "one of these: at least 10 people: 3, 7 short; employees at least 200: 5, 195 short"
        ],
    }


def test_nothing_is_missing_at_the_top() -> None:
    assert decided(9, 12)["next"] == {"motion": None, "missing": []}


def test_a_trait_that_was_never_sent_leaves_the_motion_unknown() -> None:
    document = decided(6, 3, traits={})
    assert document["potential"]["level"] == "unknown"
    assert document["potential"]["possible"] == ["large", "medium"]
    assert document["motion"]["motion"] == Motion.UNKNOWN
    assert document["next"]["motion"] == Motion.HIGH_TOUCH


def test_an_unknown_trait_that_decides_nothing_leaves_nothing_unknown() -> None:
    assert decided(6, 10, traits={})["motion"]["motion"] == Motion.HIGH_TOUCH
    assert decided(0, 0, traits={})["motion"]["motion"] == Motion.NO_TOUCH


def test_too_few_customers_leave_the_motion_unknown_with_the_reason() -> None:
    few = Benchmarks({("invites", LATER_CUSTOMERS, 6): Percentiles(12)})
    document = decided(50, 8, LARGE_COMPANY, few)
    assert document["pql"] == State.UNKNOWN
    assert document["motion"]["motion"] == Motion.UNKNOWN
    assert document["usage_score"] is None
    assert document["next"]["missing"] == [
        "invites unknown: only 12 customers to compare with, 25 are needed",
    ]


def test_an_absolute_criterion_that_fails_decides_without_customers() -> None:
    few = Benchmarks({("invites", LATER_CUSTOMERS, 6): Percentiles(12)})
    document = decided(50, 2, SMALL_COMPANY, few)
    assert document["pql"] == State.NOT_MET
    assert document["motion"]["motion"] == Motion.NO_TOUCH


def test_an_unrecorded_metric_is_left_out_of_the_score_and_a_zero_is_not() -> None:
    unrecorded, nothing = decided(9, nan), decided(9, 0)
    assert (unrecorded["usage_score"], nothing["usage_score"]) == (75, 50)
    assert unrecorded["score"]["coverage"] == pytest.approx(2 / 3, abs=1e-4)


@given(st.floats(0, 30), st.floats(0, 30), st.sampled_from([{}, SMALL_COMPANY, LARGE_COMPANY]))
def test_every_explanation_adds_up_and_says_what_it_rests_on(
    invites: float, people: float, traits: dict[str, int]
) -> None:
    document = decided(invites, people, traits)
    parts = document["score"]["parts"]
    assert sum(part["points"] for part in parts) == document["usage_score"]
    assert sum(part["of"] for part in parts) == 100
    assert (document["definition_version"], document["benchmark_version"]) == (3, 7)
    assert (document["trial_day"], parts[0]["benchmark"]["day"]) == (6, 6)
    assert bool(document["next"]["missing"]) == (document["next"]["motion"] is not None)


def test_the_first_sentence_can_be_read_aloud() -> None:
    assert decided(6, 3, LARGE_COMPANY)["sentence"] == (
        "For a salesperson: 6 invites (median customer: 6), 3 people (at least 3). "
        "Product-qualified on day 6 of the trial, usage score 54 of 100, large potential."
    )


def test_the_first_sentence_says_what_is_not_known() -> None:
    few = Benchmarks({("invites", LATER_CUSTOMERS, 6): Percentiles(12)})
    assert decided(5, nan, LARGE_COMPANY, few)["sentence"].startswith(
        "Not decided yet: no criterion is met; not decided: 5 invites (too few customers to "
        "compare with), people unknown (at least 3). Qualification unknown"
    )


def test_reasons_are_what_is_met_and_what_is_missing_is_told_as_missing() -> None:
    assert decided(4, 3, LARGE_COMPANY)["sentence"].startswith(
        "For automation: 3 people (at least 3); missing: 4 invites (median customer: 6). "
    )


def test_what_a_motion_rests_on_besides_the_criteria_is_a_reason() -> None:
    motions = """motions:
  high_touch: {any: [{trait: plan, is: enterprise}, {metric: invites, at_least: 50}]}
  low_touch: {pql: met}
"""
    file = read_definitions(TEXT.partition("motions:")[0] + motions, "test.yaml")
    why = decided(4, 1, {"plan": "Enterprise", **SMALL_COMPANY}, file=file)
    assert why["sentence"].startswith(
        "For a salesperson: plan Enterprise (is enterprise); "
        "missing: 4 invites (median customer: 6), 1 person (at least 3). "
    )


PROVISIONAL = """
provisional:
  high_touch: {all: [{potential: large}, {metric: invites, at_least: 2}]}
  low_touch: {metric: people, at_least: 3}
"""


@pytest.mark.parametrize(
    ("invites", "people", "traits", "motion"),
    [
        (2, 1, LARGE_COMPANY, Motion.HIGH_TOUCH),
        (1, 3, LARGE_COMPANY, Motion.LOW_TOUCH),
        (1, 1, SMALL_COMPANY, Motion.NO_TOUCH),
        (nan, 1, LARGE_COMPANY, Motion.UNKNOWN),
    ],
)
def test_until_enough_customers_are_there_provisional_rules_route(
    invites: float, people: float, traits: dict[str, int], motion: Motion
) -> None:
    file = read_definitions(TEXT + PROVISIONAL, "test.yaml")
    few = Benchmarks({("invites", LATER_CUSTOMERS, 6): Percentiles(24)})
    for benchmarks in (few, Benchmarks({})):
        why = decided(invites, people, traits, benchmarks, file=file)
        assert (why["motion"]["motion"], why["provisional"]) == (motion, True)
        assert why["pql"] in {State.UNKNOWN, State.NOT_MET}
        assert ", by provisional rules: " in why["sentence"]
        assert why["sentence"].endswith("25 customers are there to compare with.")


def test_with_enough_customers_benchmarks_route_and_nothing_is_provisional() -> None:
    file = read_definitions(TEXT + PROVISIONAL, "test.yaml")
    why = decided(2, 1, LARGE_COMPANY, file=file)
    assert (why["motion"]["motion"], why["provisional"]) == (Motion.NO_TOUCH, False)
    assert "rovisional" not in why["sentence"]


def test_a_definition_without_benchmarks_waits_for_no_customers() -> None:
    plain = TEXT.replace("at_least: customer p50", "at_least: 6")
    file = read_definitions(plain + PROVISIONAL, "test.yaml")
    why = decided(6, 3, LARGE_COMPANY, Benchmarks({}), file=file)
    assert (why["motion"]["motion"], why["provisional"]) == (Motion.HIGH_TOUCH, False)


def test_provisional_rules_know_no_benchmarks() -> None:
    compared = PROVISIONAL.replace("at_least: 3", "at_least: customer p50")
    with pytest.raises(DefinitionError, match="while there are no benchmarks"):
        read_definitions(TEXT + compared, "test.yaml")


def test_one_of_several_of_which_one_is_itself_one_of_several_is_one_of_all() -> None:
    missing = decided(0, 0, SMALL_COMPANY)["next"]["missing"]
    assert "one of these: one of these" not in "; ".join(missing)


def test_never_is_a_word_in_an_explanation() -> None:
    assert decided(inf, 3)["score"]["parts"][0]["value"] == "never"

"""The stages of a lead: forward by score, event, decision and payment; back only with a reason."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pql.definitions.defaults import DEFAULT_LEADS
from pql.leads.stages import (
    STAGES,
    TIME_TO_ANSWER,
    Move,
    Situation,
    StageEvent,
    cools_at,
    next_move,
    rank,
)
from tests.known import known

NOW = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def move(situation: Situation, now: datetime = NOW) -> Move | None:
    return next_move(situation, DEFAULT_LEADS, now)


def at(stage: str | None, score: int = 0, **more: object) -> Situation:
    return replace(Situation(stage, NOW - DAY, score), **more)  # type: ignore[arg-type]


def test_someone_new_without_points_is_a_subscriber() -> None:
    assert move(at(None)) == Move(None, "subscriber", "known by e-mail address or activity")


@pytest.mark.parametrize(
    ("score", "stage"), [(9, "subscriber"), (10, "lead"), (49, "lead"), (50, "MQL"), (100, "MQL")]
)
def test_someone_new_begins_where_the_score_says(score: int, stage: str) -> None:
    moved = move(at(None, score))
    assert moved is not None
    assert moved.to_stage == stage


def test_a_lead_that_reaches_the_threshold_is_an_mql_and_the_move_says_why() -> None:
    assert move(at("lead", 50)) == Move("lead", "MQL", "score 50, MQL begins at 50")


def test_an_event_moves_a_lead_on() -> None:
    booked = StageEvent("demo_booked", "SQL", NOW)
    assert move(at("lead", 40, events=(booked,))) == Move(
        "lead", "SQL", "demo booked on 2026-03-01"
    )


def test_of_several_reasons_the_furthest_counts() -> None:
    events = (
        StageEvent("opportunity_opened", "opportunity", NOW),
        StageEvent("demo_booked", "SQL", NOW),
    )
    moved = move(at(None, 90, events=events))
    assert moved is not None
    assert moved.to_stage == "opportunity"


def test_an_event_never_moves_a_lead_back() -> None:
    assert move(at("opportunity", events=(StageEvent("demo_booked", "SQL", NOW),))) is None


def test_a_person_of_an_account_that_pays_is_a_customer() -> None:
    assert move(at("SQL", paying_account="Example")) == Move(
        "SQL", "customer", "account Example pays"
    )
    assert move(at("advocate", paying_account="Example")) is None


def test_an_mql_that_sales_left_alone_goes_cold_but_not_before_sales_had_time() -> None:
    cooling = at("MQL", 30)
    cold_from = cooling.stage_since + TIME_TO_ANSWER
    assert cools_at(cooling, DEFAULT_LEADS) == cold_from
    assert move(cooling, cold_from - timedelta(seconds=1)) is None
    assert move(cooling, cold_from) == Move(
        "MQL", "lead", "went cold: the score fell to 30, MQL begins at 50"
    )


def test_an_mql_with_a_newer_reason_to_move_on_does_not_go_cold() -> None:
    booked = at("MQL", 30, events=(StageEvent("demo_booked", "SQL", NOW),))
    moved = move(booked, NOW + 30 * DAY)
    assert moved is not None
    assert moved.to_stage == "SQL"


def test_an_event_makes_an_mql_for_as_long_as_sales_has_to_answer() -> None:
    attended = (StageEvent("webinar_attended", "MQL", NOW),)
    qualified = at("MQL", 30, stage_since=NOW - 5 * DAY, events=attended)
    assert cools_at(qualified, DEFAULT_LEADS) == NOW + TIME_TO_ANSWER
    before, from_then = NOW + TIME_TO_ANSWER - timedelta(seconds=1), NOW + TIME_TO_ANSWER
    assert move(qualified, before) is None
    assert known(move(qualified, from_then)).to_stage == "lead"
    assert known(move(at("lead", 30, events=attended), before)).to_stage == "MQL"
    assert move(at("lead", 30, events=attended), from_then) is None


@pytest.mark.parametrize("stage", ["subscriber", "lead", "SQL", "opportunity", "customer"])
def test_no_other_stage_goes_cold(stage: str) -> None:
    assert cools_at(at(stage, 0), DEFAULT_LEADS) is None
    assert move(at(stage, 0), NOW + 1_000 * DAY) is None


def test_what_came_before_a_rejection_does_not_count_any_more() -> None:
    booked = (StageEvent("demo_booked", "SQL", NOW - 2 * DAY),)
    rejected = at("lead", 90, rejected_at=NOW - DAY, last_activity_at=NOW - 2 * DAY, events=booked)
    assert move(rejected) is None


def test_activity_after_a_rejection_qualifies_again() -> None:
    again = at("lead", 90, rejected_at=NOW - DAY, last_activity_at=NOW)
    moved = move(again)
    assert moved is not None
    assert moved.to_stage == "MQL"


situations = st.builds(
    Situation,
    stage=st.sampled_from([None, *STAGES]),
    stage_since=st.integers(0, 30).map(lambda days: NOW - days * DAY),
    score=st.integers(0, 100),
    rejected_at=st.none() | st.integers(0, 30).map(lambda days: NOW - days * DAY),
    last_activity_at=st.none() | st.integers(0, 30).map(lambda days: NOW - days * DAY),
    events=st.lists(
        st.builds(
            StageEvent,
            name=st.just("something_done"),
            stage=st.sampled_from(STAGES),
            at=st.integers(0, 30).map(lambda days: NOW - days * DAY),
        ),
        max_size=3,
    ).map(tuple),
    paying_account=st.none() | st.just("Example"),
)


@given(situations)
@settings(deadline=None)
def test_rules_move_back_only_an_mql_and_only_one_step(situation: Situation) -> None:
    moved = move(situation)
    if moved is None:
        return
    assert moved.from_stage == situation.stage
    assert moved.to_stage != moved.from_stage
    assert moved.reason
    if moved.from_stage and rank(moved.to_stage) < rank(moved.from_stage):
        assert (moved.from_stage, moved.to_stage) == ("MQL", "lead")


@given(situations)
@settings(deadline=None)
def test_rules_settle_after_one_move(situation: Situation) -> None:
    moved = move(situation)
    if moved is not None:
        assert move(replace(situation, stage=moved.to_stage, stage_since=NOW)) is None


@given(situations)
@settings(deadline=None)
def test_where_nothing_new_happens_an_mql_goes_cold_once_at_most(situation: Situation) -> None:
    """Looked at every day for two months. Whoever went cold is not taken up again."""
    days = [NOW + day * DAY for day in range(60)]
    stages = []
    for day in days:
        moved = move(situation, day)
        if moved is not None:
            situation = replace(situation, stage=moved.to_stage, stage_since=day)
            stages.append(moved.to_stage)
    assert len(stages) <= 1 or stages == ["MQL", "lead"]

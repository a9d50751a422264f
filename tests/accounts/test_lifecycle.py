"""From facts to status, trial, conversion and churn."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pql.accounts.facts import FROM_EVENT, FROM_TRAIT, Fact
from pql.accounts.lifecycle import Lifecycle, settle
from pql.definitions.model import LifecycleSettings

START = datetime(2026, 3, 1, tzinfo=UTC)
SETTINGS = LifecycleSettings(traits={}, values={}, events={}, trial_days=None, after_trial="free")
FOURTEEN_DAYS = LifecycleSettings(
    traits={}, values={}, events={}, trial_days=14, after_trial="churned"
)


def day(number: float) -> datetime:
    return START + timedelta(days=number)


def fact(field: str, value: str, at: float, known_from: str = FROM_TRAIT) -> Fact:
    return Fact(field, value, day(at), known_from, "a test")


def settled(*facts: Fact, now: float = 100, settings: LifecycleSettings = SETTINGS) -> Lifecycle:
    return settle(facts, settings, day(now))


def test_nothing_known_is_unknown() -> None:
    assert settled() == Lifecycle("unknown", None, None, None, None, None, {})


def test_a_trial_without_a_start_starts_when_the_status_says_so() -> None:
    lifecycle = settled(fact("status", "trial", 2), fact("status", "trial", 3))
    assert (lifecycle.status, lifecycle.trial_started_at) == ("trial", day(2))


def test_a_second_trial_has_a_start_of_its_own() -> None:
    statuses = ("trial", "churned", "trial")
    lifecycle = settled(*(fact("status", each, at) for at, each in enumerate(statuses)))
    assert lifecycle.trial_started_at == day(2)


def test_a_stated_start_counts_more_than_the_status() -> None:
    started = fact("trial_started_at", day(1).isoformat(), 5)
    lifecycle = settled(fact("status", "trial", 4), started)
    assert lifecycle.trial_started_at == day(1)


def test_trial_dates_alone_make_a_trial() -> None:
    ends = fact("trial_ends_at", day(10).isoformat(), 1)
    assert settled(ends, now=9).status == "trial"
    assert settled(ends, now=10).status == "free"


def test_the_length_of_trials_gives_the_end_where_none_is_stated() -> None:
    trial = fact("status", "trial", 0)
    before = settled(trial, now=13.9, settings=FOURTEEN_DAYS)
    after = settled(trial, now=14, settings=FOURTEEN_DAYS)
    assert (before.status, before.trial_ends_at) == ("trial", day(14))
    assert after.status == "churned"
    assert after.known["status"] == {
        "known_from": "time",
        "detail": "the trial ended",
        "at": day(14).isoformat(),
    }


def test_an_extended_trial_goes_on() -> None:
    trial = fact("status", "trial", 0)
    first = fact("trial_ends_at", day(10).isoformat(), 0)
    extended = fact("trial_ends_at", day(20).isoformat(), 12)
    assert settled(trial, first, now=15).status == "free"
    assert settled(trial, first, extended, now=15).status == "trial"


def test_a_customer_converted_when_it_first_paid() -> None:
    lifecycle = settled(
        fact("status", "trial", 0), fact("status", "paying", 5), fact("status", "paying", 9)
    )
    assert (lifecycle.status, lifecycle.converted_at) == ("paying", day(5))


def test_a_customer_that_left_and_came_back_has_not_churned() -> None:
    left = (fact("status", "paying", 1), fact("status", "churned", 2))
    assert settled(*left).churned_at == day(2)
    back = settled(*left, fact("status", "paying", 3))
    assert (back.churned_at, back.converted_at) == (None, day(1))


def test_the_end_of_the_trial_does_not_undo_a_payment() -> None:
    ends = fact("trial_ends_at", day(10).isoformat(), 0)
    paid = fact("status", "paying", 5, FROM_EVENT)
    assert settled(fact("status", "trial", 0), ends, paid, now=50).status == "paying"


def test_late_facts_fill_in_history_whatever_their_order() -> None:
    known = (
        fact("status", "trial", 0),
        fact("status", "paying", 5, FROM_EVENT),
        fact("plan", "team", 5),
        fact("plan", "trial", 0),
        fact("status", "churned", 30),
    )
    assert len({str(settled(*order)) for order in permutations(known)}) == 1


def test_internal_counts_until_it_is_taken_back() -> None:
    facts = [fact("status", "trial", 0), fact("internal", "yes", 1)]
    assert settled(*facts).status == "internal"
    assert settled(*facts, fact("internal", "no", 2)).status == "trial"


@pytest.mark.parametrize("field", ["plan", "note"])
def test_a_plan_or_a_note_tells_no_status(field: str) -> None:
    assert settled(fact(field, "paying", 1)).status == "unknown"


@given(
    st.lists(st.tuples(st.sampled_from(["trial", "free", "paying", "churned"]), st.integers(0, 60)))
)
def test_who_converted_is_known_to_have_paid(told: list[tuple[str, int]]) -> None:
    lifecycle = settled(*(fact("status", status, at) for status, at in told))
    paid = [at for status, at in told if status == "paying"]
    assert lifecycle.converted_at == (day(min(paid)) if paid else None)
    if lifecycle.status in {"paying", "churned"}:
        assert (lifecycle.churned_at is not None) == (lifecycle.status == "churned")


def test_what_a_clock_that_was_ahead_dates_later_than_now_undoes_nothing_that_comes_next() -> None:
    ahead = fact("status", "trial", 140)
    assert settled(fact("status", "free", 90), ahead).status == "trial"
    assert settled(fact("status", "free", 90), ahead, fact("status", "paying", 99)).status == (
        "paying"
    )
    assert settled(ahead, fact("status", "paying", 99), fact("status", "trial", 95)).status == (
        "paying"
    )


def test_the_difference_of_two_machines_clocks_changes_no_order() -> None:
    """A load's clock is read before the last events come in."""
    facts = fact("status", "paying", 100.5), fact("status", "trial", 100.4)
    assert settled(*facts, now=100).status == "paying"


def said(field: str, value: str, at: float, trait: str) -> Fact:
    detail = f"trait {trait} = {value}" if field == "status" and value else f"trait {trait}"
    return Fact(field, value, day(at), FROM_TRAIT, detail)


def test_a_trait_taken_away_leaves_what_it_told_unknown() -> None:
    told = (said("status", "paying", 1, "status"), said("plan", "pro", 1, "plan"))
    away = (said("status", "", 2, "status"), said("plan", "", 2, "plan"))
    lifecycle = settled(*told, *away)
    assert (lifecycle.status, lifecycle.plan) == ("unknown", None)
    assert lifecycle.converted_at == day(1)
    assert lifecycle.known["status"]["detail"] == "trait status, taken away"
    assert settled(*away, *told) == lifecycle
    again = settled(*told, *away, said("status", "trial", 3, "status"))
    assert again.status == "trial"


def test_a_plan_taken_away_takes_the_status_it_told() -> None:
    told = (said("plan", "trial", 1, "plan"), said("status", "trial", 1, "plan"))
    assert settled(*told, said("plan", "", 2, "plan")).status == "unknown"


def test_what_another_trait_or_an_event_told_still_holds() -> None:
    paid = Fact("status", "paying", day(2), FROM_EVENT, "event Subscription Started")
    trial = (said("plan", "trial", 1, "plan"), said("status", "trial", 1, "plan"))
    assert settled(*trial, paid, said("plan", "", 3, "plan")).status == "paying"
    assert settled(said("status", "paying", 1, "status"), said("plan", "", 3, "plan")).status == (
        "paying"
    )


def test_a_start_that_nobody_can_read_is_not_the_time_when_it_was_said() -> None:
    trial = fact("status", "trial", 2)
    unreadable = Fact("trial_started_at", "unreadable", day(2), FROM_TRAIT, "trait start = soon")
    lifecycle = settled(trial, unreadable, settings=FOURTEEN_DAYS)
    assert (lifecycle.status, lifecycle.trial_started_at) == ("trial", None)
    assert lifecycle.trial_ends_at is None
    assert settled(unreadable).status == "unknown"
    away = Fact("trial_started_at", "", day(3), FROM_TRAIT, "trait start")
    assert settled(trial, unreadable, away).trial_started_at == day(2)


def test_a_status_taken_away_leaves_a_trial_that_is_told_at_the_same_time() -> None:
    start = fact("trial_started_at", day(3).isoformat(), 3)
    away = said("status", "", 3, "status")
    assert settled(said("status", "paying", 1, "status"), away, start).status == "trial"
    assert (
        settled(
            start, said("status", "paying", 4, "status"), said("status", "", 5, "status")
        ).status
        == "unknown"
    )

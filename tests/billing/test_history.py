"""What the events of an account come to, in whatever order and however often they came."""

import random
from dataclasses import replace
from typing import Any

import pytest

from pql.accounts.conflicts import told_conflicts, with_conflicts
from pql.accounts.facts import FROM_TRAIT, Fact
from pql.accounts.lifecycle import Lifecycle, settle
from pql.definitions.defaults import DEFAULT_LIFECYCLE
from pql.definitions.model import LifecycleSettings
from tests.billing.told import (
    Event,
    body,
    converting,
    customer,
    day,
    event,
    invoice,
    item,
    lapsing,
    moment,
    price,
    refunding,
    subscription,
)
from usage_ingest.billing.history import BillingHistory, account_history
from usage_ingest.billing.stripe_events import EventUnreadable, read_event


def history(told: list[Event], settings: LifecycleSettings = DEFAULT_LIFECYCLE) -> BillingHistory:
    events = (read_event(body(each)) for each in told)
    return account_history(filter(None, events), settings)


def settled(told: list[Event], on: float = 40) -> Lifecycle:
    return settle(history(told).facts, DEFAULT_LIFECYCLE, moment(on))


def updated(number: int, at: float, status: str, *items: Event, **other: Any) -> Event:
    return event(
        f"evt_1{number}", "customer.subscription.updated", at, subscription(status, *items, **other)
    )


@pytest.mark.parametrize("told", [converting(), lapsing(), refunding()])
def test_fifty_orders_with_repetitions_tell_one_history(told: list[Event]) -> None:
    expected = history(told)
    for seed in range(50):
        order = random.Random(seed)
        shuffled = [*told, *order.choices(told, k=5)]
        order.shuffle(shuffled)
        assert history(shuffled) == expected


def test_a_trial_that_converts() -> None:
    life = settled(converting())
    assert (life.status, life.plan) == ("paying", "Team")
    assert (life.trial_started_at, life.trial_ends_at) == (moment(0), moment(14))
    assert (life.converted_at, life.churned_at) == (moment(14), None)
    told = history(converting())
    amounts = [
        (each.value, each.effective_at) for each in told.facts if each.field.startswith("amo")
    ]
    assert amounts == [("0", moment(0)), ("29 eur", moment(14)), ("58 eur", moment(20))]
    assert told.traits["stripe_amount_a_month"] == 58
    assert told.traits["stripe_currency"] == "eur"


def test_a_trial_whose_first_payment_fails_never_paid() -> None:
    life = settled(lapsing())
    assert (life.status, life.converted_at, life.churned_at) == ("free", None, None)
    assert life.trial_ends_at == moment(14)
    assert history(lapsing()).traits["stripe_amount_a_month"] == 0


def test_a_trial_that_is_cancelled_ends_then() -> None:
    ended = subscription("canceled", ended_at=None)
    told = [*converting()[:3], event("evt_09", "customer.subscription.deleted", 5, ended)]
    life = settled(told, on=6)
    assert (life.status, life.trial_ends_at, life.churned_at) == ("free", moment(5), None)


def test_a_refund_is_told_and_the_payment_stays_one() -> None:
    told, life = history(refunding()), settled(refunding())
    assert (life.status, life.converted_at, life.churned_at) == ("churned", moment(14), moment(21))
    assert [each.value for each in told.facts if each.field == "refund"] == ["29 eur"]
    assert told.traits["stripe_refunded"] == 29


def test_a_cancellation_at_the_end_of_the_period_is_none_yet() -> None:
    later = updated(
        1, 20, "active", cancel_at_period_end=True, cancel_at=None, current_period_end=None
    )
    later["data"]["object"]["cancel_at"] = 1_800_000_000
    told = history([*converting(), later])
    assert settled([*converting(), later]).status == "paying"
    assert told.traits["stripe_cancels_at"].startswith("2027-01-15")
    back = updated(2, 21, "active")
    assert "stripe_cancels_at" not in history([*converting(), later, back]).traits


@pytest.mark.parametrize(
    ("status", "other", "expected", "amount"),
    [
        ("past_due", {}, "paying", 29),
        ("unpaid", {}, "churned", 0),
        ("active", {"pause_collection": {"behavior": "void"}}, "free", 0),
        ("paused", {}, "free", 0),
    ],
)
def test_other_states_of_who_paid_before(
    status: str, other: dict[str, Any], expected: str, amount: int
) -> None:
    told = [*converting()[:5], updated(1, 30, status, **other)]
    assert settled(told).status == expected
    assert history(told).traits["stripe_amount_a_month"] == amount
    word = "paused" if other else status
    assert history(told).traits["stripe_status"] == word


def test_two_subscriptions_are_added_up_and_currencies_kept_apart() -> None:
    second = {"id": "sub_2", "trial_start": None, "trial_end": None}
    in_euro = updated(1, 22, "active", item(price=price(1000)), **second)
    assert history([*converting(), in_euro]).traits["stripe_amount_a_month"] == 68
    in_dollars = updated(2, 22, "active", item(price=price(1000, currency="usd")), **second)
    traits = history([*converting(), in_dollars]).traits
    assert "stripe_amount_a_month" not in traits
    assert (traits["stripe_amount_a_month_eur"], traits["stripe_amount_a_month_usd"]) == (58, 10)
    ended = event("evt_20", "customer.subscription.deleted", 30, subscription("canceled"))
    assert settled([*converting(), in_euro, ended]).status == "paying"


def test_an_unknown_amount_is_no_number() -> None:
    metered = item(price=price(recurring={"usage_type": "metered"}))
    traits = history([*converting(), updated(1, 22, "active", metered)]).traits
    assert "stripe_amount_a_month" not in traits
    assert traits["stripe_amount_unknown"] == "Team is metered"


def test_a_free_plan_is_free() -> None:
    free = updated(1, 1, "active", item(price=price(0)), trial_start=None, trial_end=None)
    life = settled([free])
    assert (life.status, life.converted_at) == ("free", None)


def test_an_endpoint_made_later_learns_when_it_began() -> None:
    with_trial = settled([updated(1, 30, "active")])
    assert (with_trial.trial_started_at, with_trial.converted_at) == (moment(0), moment(14))
    without = settled([updated(1, 30, "active", trial_start=None, trial_end=None)])
    assert without.converted_at == moment(0)


def test_two_changes_in_one_second_are_told_apart_by_what_was_before() -> None:
    paid = event(
        "evt_b", "customer.subscription.updated", 14, subscription("active"), status="trialing"
    )
    late = event(
        "evt_a", "customer.subscription.updated", 14, subscription("past_due"), status="active"
    )
    assert history([*converting()[:3], paid, late]).traits["stripe_status"] == "past_due"


def test_the_leading_source_counts_and_the_other_is_told() -> None:
    trait = Fact(
        "trial_ends_at", moment(30).isoformat(), moment(1), FROM_TRAIT, "trait trialEndsAt"
    )
    facts = [*history(converting()[:3]).facts, trait]
    for leading, ends, other in (
        ("stripe", 14, "by trait trialEndsAt"),
        ("product", 30, "by Stripe subscription sub_1"),
        ("latest", 30, "by Stripe subscription sub_1"),
    ):
        settings = replace(DEFAULT_LIFECYCLE, leading_source=leading)
        life = settle(facts, settings, moment(5))
        life = with_conflicts(facts, life, settings, moment(5))
        assert life.trial_ends_at == moment(ends), leading
        (told,) = told_conflicts(life.known)
        assert other in told
        assert "which does not count here" in told


def test_sources_that_agree_are_no_conflict() -> None:
    said = Fact("trial_ends_at", moment(14.01).isoformat(), moment(1), FROM_TRAIT, "trait")
    status = Fact("status", "trial", moment(1), FROM_TRAIT, "trait")
    facts = [*history(converting()[:3]).facts, said, status]
    life = settle(facts, DEFAULT_LIFECYCLE, moment(5))
    assert with_conflicts(facts, life, DEFAULT_LIFECYCLE, moment(5)) == life


def test_what_stripe_does_not_tell_the_product_fills_in() -> None:
    product = [
        Fact("status", "trial", moment(0), FROM_TRAIT, "trait status"),
        Fact("plan", "pro", moment(0), FROM_TRAIT, "trait plan"),
    ]
    paid = updated(
        1, 9, "active", item(price=price(nickname=None)), trial_end=None, trial_start=None
    )
    paid["type"] = "customer.subscription.created"
    life = settle([*product, *history([paid]).facts], DEFAULT_LIFECYCLE, moment(20))
    assert (life.status, life.plan) == ("paying", "pro")
    assert (life.trial_started_at, life.converted_at) == (moment(0), moment(9))


@pytest.mark.parametrize(
    "sent", [b"", b"[]", b"{}", b'{"id":1}', b'{"id":"e","type":"t","created":"x","data":{}}']
)
def test_no_event_is_refused(sent: bytes) -> None:
    with pytest.raises(EventUnreadable):
        read_event(sent)


def test_what_is_too_long_to_be_kept_is_refused() -> None:
    """PostgreSQL keeps a type of 100 characters, and ids of 255."""
    fits = event("e" * 255, "t" * 100, 0, customer(id="c" * 255))
    assert read_event(body(fits)) is not None
    for name, text in (("type", "t" * 101), ("type", ""), ("id", "e" * 256)):
        with pytest.raises(EventUnreadable, match="too long"):
            read_event(body({**fits, name: text}))
    with pytest.raises(EventUnreadable, match="too long"):
        read_event(body(event("e", "t", 0, customer(id="c" * 256))))


def test_events_of_other_kinds_and_of_nobody_tell_nothing() -> None:
    payout = event("e", "payout.paid", 0, {"id": "po_1", "object": "payout"})
    assert read_event(body(payout)) is None
    assert read_event(body(event("e", "invoice.paid", 0, invoice(1, customer=None)))) is None
    assert read_event(body(event("e", "customer.created", 0, customer()))) is not None


def failed(number: int, at: float, **other: Any) -> Event:
    return event(f"evt_f{number}", "invoice.payment_failed", at, invoice(0, **other))


def late(at: float, **other: Any) -> Event:
    """It is late with a payment, and was active before."""
    told = updated(8, at, "past_due", **other)
    told["data"]["previous_attributes"] = {"status": "active"}
    return told


NO_TRIAL: dict[str, Any] = {"trial_start": None, "trial_end": None}
YEARLY = item(price=price(recurring={"interval": "year"}))


@pytest.mark.parametrize(
    ("told", "converted"),
    [
        ([late(310), failed(1, 310)], 14),
        ([late(310, **NO_TRIAL), failed(1, 310)], 0),
        ([*converting()[:4], failed(1, 75)], 14),
        ([*converting()[:4], failed(1, 75), late(75)], 14),
        ([*converting()[:3], late(75), failed(1, 75)], 75),
        ([*lapsing()[:6], updated(9, 17, "active")], 14),
        ([late(20), failed(1, 20, billing_reason="subscription_update", created=day(20))], 14),
        (
            [
                event("e", "customer.subscription.updated", 310, subscription("past_due", YEARLY)),
                failed(1, 310),
            ],
            14,
        ),
    ],
)
def test_a_later_payment_that_fails_undoes_none_before_it(
    told: list[Event], converted: float
) -> None:
    life = settled(told, on=320)
    assert (life.status, life.converted_at) == ("paying", moment(converted))


@pytest.mark.parametrize(
    "told",
    [
        [late(14.1), failed(1, 14.1)],
        [late(60), failed(1, 60, created=day(14.04), billing_reason="subscription_cycle")],
        [late(20), failed(1, 60, billing_reason="subscription_create")],
        [*lapsing()[:4], failed(1, 14.05), updated(9, 70, "unpaid")],
    ],
)
def test_a_first_payment_that_fails_is_none_however_late_it_is_told(told: list[Event]) -> None:
    life = settled(told, on=80)
    assert (life.status, life.converted_at, life.churned_at) == ("free", None, None)


def test_a_free_plan_stays_free_where_the_payment_for_a_larger_one_fails() -> None:
    free = updated(1, 0, "active", item(price=price(0)), **NO_TRIAL)
    told = [free, updated(2, 90, "active", **NO_TRIAL), failed(1, 90)]
    life = settled(told, on=91)
    assert (life.status, life.converted_at) == ("free", None)


@pytest.mark.parametrize("status", ["past_due", "unpaid", "active"])
def test_a_first_event_after_the_trial_tells_when_it_was_paid(status: str) -> None:
    assert settled([updated(1, 200, status)], on=201).converted_at == moment(14)


@pytest.mark.parametrize(
    ("canceled", "ended", "expected"),
    [
        (200, 200, ("churned", moment(14), moment(200))),
        (20, 44, ("churned", moment(14), moment(44))),
        (5, 14, ("free", None, None)),
        (21, 21, ("free", None, None)),
    ],
)
def test_a_cancellation_as_the_first_event(
    canceled: float, ended: float, expected: tuple[Any, ...]
) -> None:
    about = subscription("canceled", canceled_at=day(canceled), ended_at=day(ended))
    life = settled([event("e", "customer.subscription.deleted", ended, about)], on=201)
    assert (life.status, life.converted_at, life.churned_at) == expected

"""What a subscription comes to a month."""

import json
from typing import Any

import pytest

from tests.billing.told import body, event, item, price, subscription
from usage_ingest.billing.stripe_events import read_event
from usage_ingest.billing.subscriptions import SubscriptionState, states_by_subscription


def state(*items: dict[str, Any], **other: Any) -> SubscriptionState:
    told = event("e", "customer.subscription.created", 0, subscription("active", *items, **other))
    read = read_event(body(told))
    assert read is not None
    ((only,),) = states_by_subscription([read])
    return only


def priced(amount: int | None = 2900, quantity: int | None = 1, **other: Any) -> dict[str, Any]:
    return item(quantity, price=price(amount, **other))


def every(interval: str, count: int = 1) -> dict[str, Any]:
    return {"recurring": {"interval": interval, "interval_count": count}}


def coupon(**what: Any) -> dict[str, Any]:
    return {"id": "di_1", "object": "discount", "coupon": {"duration": "forever", **what}}


@pytest.mark.parametrize(
    ("items", "amount"),
    [
        ([priced()], 29),
        ([priced(quantity=3)], 87),
        ([priced(quantity=None)], 29),
        ([priced(), priced(1000, 5)], 79),
        ([priced(12000, **every("year"))], 10),
        ([priced(9000, **every("month", 3))], 30),
        ([priced(700, **every("week"))], 30.44),
        ([priced(100, **every("day"))], 30.44),
        ([priced(None, unit_amount_decimal="0.5", quantity=1000)], 5),
        ([priced(500, currency="jpy")], 500),
        ([priced(1500, currency="kwd")], 1.5),
        ([priced(0)], 0),
        ([priced(1000, 25, transform_quantity={"divide_by": 10, "round": "up"})], 30),
        ([priced(1000, 25, transform_quantity={"divide_by": 10, "round": "down"})], 20),
    ],
)
def test_items_quantities_and_intervals(items: list[dict[str, Any]], amount: float) -> None:
    told = state(*items)
    assert told.amount is not None
    assert round(float(told.amount), 2) == amount


@pytest.mark.parametrize(
    ("items", "why"),
    [
        ([priced(None, billing_scheme="tiered")], "Team has tiers"),
        ([priced(recurring={"usage_type": "metered"})], "Team is metered"),
        ([priced(), priced(None, billing_scheme="tiered", nickname="Calls")], "Calls has tiers"),
        ([priced(None)], "Team has no unit amount"),
    ],
)
def test_what_depends_on_use_is_unknown_and_not_zero(items: list[dict[str, Any]], why: str) -> None:
    told = state(*items)
    assert (told.amount, told.unknown) == (None, why)


@pytest.mark.parametrize(
    ("discounts", "amount"),
    [
        ([coupon(percent_off=50)], 60),
        ([coupon(percent_off=12.5)], 105),
        ([coupon(amount_off=2000, currency="eur")], 100),
        ([coupon(percent_off=50), coupon(amount_off=2000, currency="eur")], 40),
        ([coupon(percent_off=50, duration="once")], 120),
        ([coupon(percent_off=50, duration="repeating")], 60),
        ([coupon(amount_off=99000, currency="eur")], 0),
    ],
)
def test_discounts_that_are_spelled_out(discounts: list[dict[str, Any]], amount: float) -> None:
    assert state(priced(12000), discounts=discounts).amount == amount


def test_a_discount_on_one_item_and_an_amount_off_a_year() -> None:
    assert state({**priced(1000), "discounts": [coupon(percent_off=50)]}, priced(2000)).amount == 25
    of_a_year = coupon(amount_off=1200, currency="eur")
    assert state(priced(12000, **every("year")), discount=of_a_year).amount == 9


def test_a_discount_that_only_its_own_event_spells_out() -> None:
    told = subscription("active", discounts=["di_1"])
    created = read_event(body(event("e1", "customer.subscription.created", 0, told)))
    about = {**coupon(percent_off=50), "customer": "cus_1"}
    discount = read_event(body(event("e2", "customer.discount.created", 0, about)))
    assert created is not None
    assert discount is not None
    ((unknown,),) = states_by_subscription([created])
    ((known,),) = states_by_subscription([discount, created])
    assert (unknown.amount, unknown.unknown) == (None, "a discount is not spelled out")
    assert known.amount == 14.5


def test_a_plan_of_an_older_version_says_the_same() -> None:
    plan = {"id": "plan_1", "nickname": "Old", "amount": 4900, "currency": "usd"}
    told = state({"quantity": 2, "plan": {**plan, "interval": "month", "interval_count": 1}})
    assert told.amount == 98
    assert (told.currency, told.plan) == ("usd", "Old")


def test_items_that_the_event_does_not_hold_make_it_unknown() -> None:
    told = state(items={"object": "list", "data": [item()], "has_more": True})
    assert told.amount is None


def test_nothing_but_what_is_used_is_kept() -> None:
    private = {"address": {"city": "Oslo"}, "default_source": "card_1", "phone": "1"}
    told = event("e", "customer.created", 0, {**subscription("active"), **private})
    told["data"]["object"].update(id="cus_1", object="customer", items=None, email="a@example.com")
    read = read_event(body(told))
    assert read is not None
    assert "Oslo" not in json.dumps(read.content)
    assert read.content == {"customer": {"email": "a@example.com", "metadata": {}}}

"""Stripe's events as it sends them, of a simulated product. Times are days of the trial."""

import json
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any

START = datetime(2026, 3, 1, tzinfo=UTC)
CUSTOMER, SUBSCRIPTION, CHARGE = "cus_1", "sub_1", "ch_1"
Event = dict[str, Any]


def day(number: float) -> int:
    """A moment as Stripe writes it."""
    return int((START + timedelta(days=number)).timestamp())


def moment(number: float) -> datetime:
    return START + timedelta(days=number)


def event(event_id: str, kind: str, at: float, about: Event, **previous: Any) -> Event:
    """An event. `previous`: what the object was before, by field."""
    data: Event = {"object": about}
    if previous:
        data["previous_attributes"] = previous
    named = {"id": event_id, "object": "event", "type": kind, "created": day(at), "data": data}
    return {**named, "livemode": False, "api_version": "2025-03-31.basil"}


def price(amount: int | None = 2900, **other: Any) -> Event:
    """A price of 29 a month, unless something else is said."""
    recurring = {"interval": "month", "interval_count": 1, "usage_type": "licensed"}
    recurring |= other.pop("recurring", {})
    usual = {"id": "price_1", "nickname": "Team", "currency": "eur", "billing_scheme": "per_unit"}
    return {**usual, "object": "price", "unit_amount": amount, "recurring": recurring, **other}


def item(quantity: int | None = 1, **other: Any) -> Event:
    """Something that a subscription is for."""
    return {"object": "subscription_item", "quantity": quantity, "price": price(), **other}


def subscription(status: str, *items: Event, **other: Any) -> Event:
    """A subscription with a trial of 14 days."""
    usual: Event = {
        "id": SUBSCRIPTION,
        "object": "subscription",
        "customer": CUSTOMER,
        "status": status,
        "created": day(0),
        "start_date": day(0),
        "trial_start": day(0),
        "trial_end": day(14),
        "cancel_at_period_end": False,
        "metadata": {},
        "items": {"object": "list", "data": list(items) or [item()], "has_more": False},
    }
    return {**usual, **other}


def customer(**other: Any) -> Event:
    """The customer, who is account `acme` by its metadata."""
    usual = {
        "id": CUSTOMER,
        "object": "customer",
        "email": None,
        "metadata": {"account_id": "acme"},
    }
    return {**usual, **other}


def invoice(paid: int, **other: Any) -> Event:
    """An invoice of the subscription, as new versions of the API write it."""
    details = {"subscription_details": {"subscription": SUBSCRIPTION}}
    usual = {"id": "in_1", "object": "invoice", "customer": CUSTOMER, "currency": "eur"}
    return {**usual, "amount_paid": paid, "parent": details, **other}


def begun() -> list[Event]:
    """A trial begins."""
    return [
        event("evt_01", "customer.created", 0, customer()),
        event("evt_02", "customer.subscription.created", 0, subscription("trialing")),
        event("evt_03", "invoice.paid", 0, invoice(0)),
    ]


def converting() -> list[Event]:
    """A trial that becomes a paid subscription, with a second seat later."""
    two = subscription("active", item(2))
    before = {"items": {"data": [item(1)]}}
    return [
        *begun(),
        event(
            "evt_04", "customer.subscription.updated", 14, subscription("active"), status="trialing"
        ),
        event("evt_05", "invoice.paid", 14.05, invoice(2900)),
        event("evt_06", "customer.subscription.updated", 20, two, **before),
    ]


def lapsing() -> list[Event]:
    """A trial whose first payment fails, until Stripe gives up."""
    ended = subscription("canceled", ended_at=day(21), canceled_at=day(21))
    return [
        *begun(),
        event(
            "evt_04", "customer.subscription.updated", 14, subscription("active"), status="trialing"
        ),
        event("evt_05", "invoice.payment_failed", 14.05, invoice(0)),
        event(
            "evt_06",
            "customer.subscription.updated",
            14.05,
            subscription("past_due"),
            status="active",
        ),
        event("evt_07", "customer.subscription.deleted", 21, ended),
    ]


def refunding() -> list[Event]:
    """A trial that is paid, cancelled at once a week later, and refunded."""
    ended = subscription("canceled", ended_at=day(21), canceled_at=day(21))
    charge = {"id": CHARGE, "object": "charge", "customer": CUSTOMER, "currency": "eur"}
    return [
        *converting()[:5],
        event("evt_06", "charge.refunded", 21, {**charge, "amount": 2900, "amount_refunded": 2900}),
        event("evt_07", "customer.subscription.deleted", 21, ended),
    ]


def body(told: Event) -> bytes:
    """An event as it is sent."""
    return json.dumps(deepcopy(told)).encode()

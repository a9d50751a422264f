"""The states a subscription went through, from its events in whatever order they came. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from itertools import groupby
from typing import Any

from usage_ingest.billing.amounts import AmountUnknown, Document, in_units, monthly_amount
from usage_ingest.billing.stripe_events import (
    CHARGE,
    DISCOUNT,
    INVOICE,
    SUBSCRIPTION,
    ProviderEvent,
)

TRIALING, ACTIVE, PAST_DUE, UNPAID, CANCELED = (
    "trialing",
    "active",
    "past_due",
    "unpaid",
    "canceled",
)
PAUSED, INCOMPLETE, EXPIRED = "paused", "incomplete", "incomplete_expired"
PAYMENT_FAILED = "invoice.payment_failed"
PAID = ("invoice.paid", "invoice.payment_succeeded")
LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class SubscriptionState:
    """A subscription from `at` on. `amount` is a month's; None is unknown, and `unknown` says why.

    `word` is the provider's status, or `paused` where it collects nothing. `ends_at` is when it is
    cancelled at the end of what is paid.
    """

    subscription_id: str
    at: datetime
    word: str
    plan: str
    plan_has_name: bool
    currency: str
    amount: Decimal | None
    unknown: str
    trial_started_at: datetime | None
    trial_ends_at: datetime | None
    ends_at: datetime | None
    ended_at: datetime | None


@dataclass(slots=True)
class Payments:
    """What the events of an account say about payments, whenever they were made."""

    paid: set[str] = field(default_factory=set)
    """Subscriptions of which an invoice of more than 0 was paid."""
    failed: set[str] = field(default_factory=set)
    """Subscriptions of which a payment failed."""
    refunds: dict[str, tuple[datetime, Decimal, str]] = field(default_factory=dict)
    """By charge: when it was last refunded, how much of it in all, and the currency."""

    def never(self, subscription_id: str) -> bool:
        """Whether it is known that nothing was ever paid: a payment failed, and none succeeded."""
        return subscription_id in self.failed and subscription_id not in self.paid


def payments_of(events: Iterable[ProviderEvent]) -> Payments:
    """What was paid, failed and was refunded."""
    payments = Payments()
    for event in events:
        invoice, charge = event.content.get(INVOICE), event.content.get(CHARGE)
        if invoice and invoice["subscription"]:
            if event.type in PAID and invoice["amount_paid"] > 0:
                payments.paid.add(invoice["subscription"])
            elif event.type == PAYMENT_FAILED:
                payments.failed.add(invoice["subscription"])
        if charge and charge["amount_refunded"]:
            _add_refund(payments, event.occurred_at, charge)
    return payments


def states_by_subscription(events: Iterable[ProviderEvent]) -> list[list[SubscriptionState]]:
    """For each subscription its states, the earliest first, at most one a second."""
    discounts: dict[str, Document] = {}
    by_subscription: defaultdict[str, list[ProviderEvent]] = defaultdict(list)
    for event in events:
        if DISCOUNT in event.content:
            discounts[event.content[DISCOUNT]["id"]] = event.content[DISCOUNT]
        if SUBSCRIPTION in event.content:
            by_subscription[event.content[SUBSCRIPTION]["id"]].append(event)
    return [
        _states(by_subscription[subscription_id], discounts)
        for subscription_id in sorted(by_subscription)
    ]


def _states(
    events: Sequence[ProviderEvent], discounts: Mapping[str, Document]
) -> list[SubscriptionState]:
    by_second = groupby(sorted(events, key=_when), lambda event: event.occurred_at)
    ordered = [event for _, same in by_second for event in _in_sequence(list(same))]
    states = [
        _state(event.content[SUBSCRIPTION], event.occurred_at, discounts) for event in ordered
    ]
    last_of_second = {state.at: state for state in states}
    first = _begun_before(ordered[0], discounts)
    return [*first, *last_of_second.values()]


def _when(event: ProviderEvent) -> tuple[datetime, int, str]:
    """Times are whole seconds: within one, a creation is first and a deletion last."""
    rank = {"created": 0, "deleted": 2}.get(event.type.rpartition(".")[2], 1)
    return event.occurred_at, rank, event.event_id


def _in_sequence(events: list[ProviderEvent]) -> Iterator[ProviderEvent]:
    """Events of one second, each after the one whose state it says was there before."""
    before: Document | None = None
    while events:
        following = next((event for event in events if _follows(event, before)), events[0])
        if before is None:
            following = next(
                (event for event in events if not _has_origin(event, events)), events[0]
            )
        events.remove(following)
        before = following.content[SUBSCRIPTION]
        yield following


def _has_origin(event: ProviderEvent, others: Iterable[ProviderEvent]) -> bool:
    """Whether another event of the second says what was there before this one."""
    return any(_follows(event, each.content[SUBSCRIPTION]) for each in others if each is not event)


def _follows(event: ProviderEvent, before: Document | None) -> bool:
    previous = event.content.get("previous") or {}
    return (
        bool(before and previous)
        and before is not None
        and all(before.get(name) == value for name, value in previous.items())
    )


def _begun_before(
    first: ProviderEvent, discounts: Mapping[str, Document]
) -> list[SubscriptionState]:
    """What the first event that came says of the time before it, where it is no creation."""
    about = first.content[SUBSCRIPTION]
    began = about["start_date"] or about["created"]
    if first.type.endswith(".created") or began is None:
        return []
    begun = []
    trial_end = about["trial_end"]
    if about["trial_start"] is not None and trial_end is not None:
        begun.append((about["trial_start"], TRIALING))
        if about["status"] == ACTIVE:
            begun.append((trial_end, ACTIVE))
    elif about["status"] in {ACTIVE, PAST_DUE, UNPAID, CANCELED}:
        begun.append((began, ACTIVE))
    return [
        _state({**about, "status": status, "paused": False, "ended_at": None}, moment, discounts)
        for at, status in begun
        if (moment := _moment(at)) is not None and moment < first.occurred_at
    ]


def _state(about: Document, at: datetime, discounts: Mapping[str, Document]) -> SubscriptionState:
    amount, unknown = _amount(about, discounts)
    names = sorted({item["price"]["nickname"] for item in about["items"]} - {None})
    ids = sorted({item["price"]["id"] for item in about["items"]})
    currencies = {item["price"]["currency"] for item in about["items"]}
    ends_at = about["cancel_at"]
    if ends_at is None and about["cancel_at_period_end"]:
        ends_at = about["period_end"]
    return SubscriptionState(
        subscription_id=about["id"],
        at=at,
        word=PAUSED if about["paused"] and about["status"] == ACTIVE else about["status"],
        plan=" + ".join(names or ids)[:LONGEST_NAME],
        plan_has_name=bool(names),
        currency=next(iter(currencies), ""),
        amount=amount,
        unknown=unknown,
        trial_started_at=_moment(about["trial_start"]),
        trial_ends_at=_moment(about["trial_end"]),
        ends_at=_moment(ends_at),
        ended_at=_moment(about["ended_at"]),
    )


def _amount(about: Document, discounts: Mapping[str, Document]) -> tuple[Decimal | None, str]:
    try:
        if about["has_more"]:
            raise AmountUnknown("it has more items than an event holds")
        return monthly_amount(about, discounts), ""
    except AmountUnknown as error:
        return None, str(error)


def _add_refund(payments: Payments, at: datetime, charge: Mapping[str, Any]) -> None:
    amount = in_units(charge["amount_refunded"], charge["currency"])
    known = payments.refunds.get(charge["id"])
    if known is None or (known[1], -known[0].timestamp()) < (amount, -at.timestamp()):
        payments.refunds[charge["id"]] = (at, amount, charge["currency"])


def _moment(seconds: int | None) -> datetime | None:
    try:
        return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None

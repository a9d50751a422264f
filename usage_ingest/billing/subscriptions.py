"""The states a subscription went through, from its events in whatever order they came. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import groupby

from usage_ingest.billing.amounts import AmountUnknown, Document, monthly_amount
from usage_ingest.billing.stripe_events import DISCOUNT, SUBSCRIPTION, ProviderEvent

TRIALING, ACTIVE, PAST_DUE, UNPAID, CANCELED = (
    "trialing",
    "active",
    "past_due",
    "unpaid",
    "canceled",
)
PAUSED, INCOMPLETE, EXPIRED = "paused", "incomplete", "incomplete_expired"
LONGEST_NAME = 200
DAYS = {"day": 1, "week": 7}
SHORTEST_MONTH = timedelta(days=28)
TRIED_AGAIN = timedelta(days=15)
"""How long after a trial the provider may try for a first payment before it cancels."""


@dataclass(frozen=True, slots=True)
class SubscriptionState:
    """A subscription from `at` on. `amount` is a month's; None is unknown, and `unknown` says why.

    `word` is the provider's status, or `paused` where it collects nothing. `ends_at` is when it is
    cancelled at the end of what is paid. `interval` is the time between two payments, a month at
    most: who owes nothing a month after the first payment was due has made it.
    """

    subscription_id: str
    at: datetime
    word: str
    plan: str
    plan_has_name: bool
    currency: str
    amount: Decimal | None
    unknown: str
    interval: timedelta
    began_at: datetime | None
    trial_started_at: datetime | None
    trial_ends_at: datetime | None
    ends_at: datetime | None
    ended_at: datetime | None


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
        if _went_on_after_trial(first):
            begun.append((trial_end, ACTIVE))
    elif about["status"] in {ACTIVE, PAST_DUE, UNPAID, CANCELED}:
        begun.append((began, ACTIVE))
    return [
        _state({**about, "status": status, "paused": False, "ended_at": None}, moment, discounts)
        for at, status in begun
        if (moment := moment_of(at)) is not None and moment < first.occurred_at
    ]


def _went_on_after_trial(first: ProviderEvent) -> bool:
    """Whether a payment followed the trial, as far as one event tells.

    One that was cancelled within the trial, or soon after, need not have been paid for.
    """
    about = first.content[SUBSCRIPTION]
    if about["status"] != CANCELED:
        return about["status"] in {ACTIVE, PAST_DUE, UNPAID}
    trial_end = moment_of(about["trial_end"])
    ended_at = moment_of(about["ended_at"]) or first.occurred_at
    canceled_at = moment_of(about["canceled_at"]) or ended_at
    if trial_end is None or canceled_at <= trial_end:
        return False
    return ended_at > trial_end + TRIED_AGAIN


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
        interval=min(map(_interval, about["items"]), default=SHORTEST_MONTH),
        began_at=moment_of(about["start_date"] or about["created"]),
        trial_started_at=moment_of(about["trial_start"]),
        trial_ends_at=moment_of(about["trial_end"]),
        ends_at=moment_of(ends_at),
        ended_at=moment_of(about["ended_at"]),
    )


def _interval(item: Document) -> timedelta:
    price = item["price"]
    days = DAYS.get(price["interval"], SHORTEST_MONTH.days) * (price["interval_count"] or 1)
    return min(timedelta(days=days), SHORTEST_MONTH)


def _amount(about: Document, discounts: Mapping[str, Document]) -> tuple[Decimal | None, str]:
    try:
        if about["has_more"]:
            raise AmountUnknown("it has more items than an event holds")
        return monthly_amount(about, discounts), ""
    except AmountUnknown as error:
        return None, str(error)


def moment_of(seconds: int | None) -> datetime | None:
    """The time that the provider writes as seconds; None where there is none that can be."""
    try:
        return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None

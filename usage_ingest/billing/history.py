"""What an account's events of the provider come to: facts of its life cycle, and traits. Pure.

It is worked out from all of them each time, so it does not matter in which order they came, or how
often. Facts that follow no more, because an earlier event came later, are withdrawn.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from pql.accounts.facts import (
    FROM_STRIPE,
    LONGEST_TEXT,
    PLAN,
    STATUS,
    TRIAL_ENDS,
    TRIAL_STARTED,
    Fact,
)
from pql.definitions.model import LifecycleSettings
from usage_ingest.billing.amounts import rounded
from usage_ingest.billing.payments import Payments, payments_of
from usage_ingest.billing.stripe_events import ProviderEvent
from usage_ingest.billing.subscriptions import (
    ACTIVE,
    CANCELED,
    EXPIRED,
    INCOMPLETE,
    PAUSED,
    TRIALING,
    SubscriptionState,
    states_by_subscription,
)

AMOUNT, CANCELS, REFUND = "amount_a_month", "cancels_at", "refund"
"""Facts beside those of the life cycle: they are kept and shown, and decide no status."""
PAYING, TRIAL, FREE, CHURNED = "paying", "trial", "free", "churned"
LAPSED = "lapsed"
"""Of a subscription whose trial ended without a payment, early or at its end."""
NOT_YET = ""
BEST_FIRST = (PAYING, TRIAL, FREE, CHURNED, LAPSED)
PREFIX = "stripe_"
AMOUNT_TRAIT = f"{PREFIX}{AMOUNT}"
NO_LONGER = "not cancelled"


@dataclass(frozen=True, slots=True)
class BillingHistory:
    """Facts in the order of their times, and the traits of today; times in them are ISO 8601."""

    facts: Sequence[Fact] = ()
    traits: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Judged:
    """A state and what it means: one of `BEST_FIRST`, or `NOT_YET`."""

    state: SubscriptionState
    means: str


def account_history(events: Iterable[ProviderEvent], settings: LifecycleSettings) -> BillingHistory:
    """What the events of one account's customers tell."""
    known = sorted(events, key=lambda event: (event.occurred_at, event.event_id))
    payments = payments_of(known)
    tracks = [_judged(states, payments, settings) for states in states_by_subscription(known)]
    facts = [*_facts(tracks), *_refunds(payments)]
    now = [track[-1] for track in tracks]
    return BillingHistory(_one_a_moment(facts), {**_traits(now), **_refund_traits(payments)})


def _judged(
    states: Sequence[SubscriptionState], payments: Payments, settings: LifecycleSettings
) -> list[_Judged]:
    judged: list[_Judged] = []
    never_paid = payments.never(states)
    for state in states:
        has_paid = any(each.means == PAYING for each in judged)
        means = _meaning(state, settings, never_paid=never_paid, has_paid=has_paid)
        judged.append(_Judged(state, means))
    return judged


def _meaning(
    state: SubscriptionState, settings: LifecycleSettings, *, never_paid: bool, has_paid: bool
) -> str:
    """What a state means by the workspace's words, once it is known whether anything was paid."""
    if state.word in {INCOMPLETE, EXPIRED}:
        return NOT_YET
    if state.word == TRIALING:
        return TRIAL
    if state.word == ACTIVE and state.amount == 0:
        return FREE
    if never_paid or (state.word in {CANCELED, PAUSED} and not has_paid):
        return LAPSED if state.trial_ends_at else NOT_YET
    means = settings.values.get(state.word, FREE if state.word == PAUSED else NOT_YET)
    return means if means in BEST_FIRST else NOT_YET


def _facts(tracks: Sequence[Sequence[_Judged]]) -> Iterator[Fact]:
    """What changed for the account as a whole, at each moment at which a subscription did."""
    said: dict[str, str] = {}
    times = [[each.state.at for each in track] for track in tracks]
    for at in sorted({at for track in times for at in track}):
        now = [
            track[place - 1]
            for track, own in zip(tracks, times, strict=True)
            if (place := bisect_right(own, at))
        ]
        for name, value, detail in _told(now):
            if said.get(name) != value:
                said[name] = value
                yield Fact(name, value[:LONGEST_TEXT], at, FROM_STRIPE, detail[:LONGEST_TEXT])


def _told(now: Sequence[_Judged]) -> Iterator[tuple[str, str, str]]:
    """Fields with what is so now, and by which subscription it is known."""
    leading = _leading(now)
    if leading is None:
        return
    state, means = leading.state, leading.means
    detail = f"Stripe subscription {state.subscription_id}: {state.word}"
    yield STATUS, TRIAL if means == LAPSED else means, detail
    if means in {TRIAL, LAPSED} and state.trial_started_at:
        yield TRIAL_STARTED, state.trial_started_at.isoformat(), detail
    ends_at = _trial_end(leading)
    if ends_at:
        yield TRIAL_ENDS, ends_at.isoformat(), detail
    if state.plan_has_name and means in {PAYING, TRIAL, FREE}:
        yield PLAN, state.plan, detail
    yield AMOUNT, _amount_in_words(now), detail
    live = [each.state for each in now if each.means in {PAYING, TRIAL, FREE}]
    ends = [each.ends_at for each in live]
    cancels = max(filter(None, ends)).isoformat() if live and all(ends) else NO_LONGER
    yield CANCELS, cancels, detail


def _trial_end(leading: _Judged) -> datetime | None:
    """When a trial ends; one that was cancelled before ended then."""
    state = leading.state
    if leading.means not in {TRIAL, LAPSED} or state.trial_ends_at is None:
        return None
    ended_at = state.ended_at or state.at
    is_over = leading.means == LAPSED and state.word == CANCELED
    return min(state.trial_ends_at, ended_at) if is_over else state.trial_ends_at


def _leading(now: Iterable[_Judged]) -> _Judged | None:
    """Of several subscriptions the one that tells most: a paying one before all others."""
    told = [each for each in now if each.means != NOT_YET]
    by_weight = sorted(
        told,
        key=lambda each: (
            BEST_FIRST.index(each.means),
            -(each.state.amount or 0),
            -each.state.at.timestamp(),
            each.state.subscription_id,
        ),
    )
    return next(iter(by_weight), None)


def _amounts(now: Iterable[_Judged]) -> tuple[dict[str, Decimal], dict[str, str]]:
    """What is paid a month by currency, and why it is unknown in others."""
    known: defaultdict[str, Decimal] = defaultdict(Decimal)
    unknown: dict[str, str] = {}
    for each in now:
        if each.means != PAYING:
            continue
        if each.state.amount is None:
            unknown[each.state.currency] = each.state.unknown
        else:
            known[each.state.currency] += each.state.amount
    return {name: amount for name, amount in known.items() if name not in unknown}, unknown


def _amount_in_words(now: Iterable[_Judged]) -> str:
    known, unknown = _amounts(now)
    parts = [f"{rounded(known[name])} {name}" for name in sorted(known)]
    parts += [f"unknown {name}: {unknown[name]}" for name in sorted(unknown)]
    return ", ".join(parts) or "0"


def _traits(now: Sequence[_Judged]) -> dict[str, Any]:
    leading = _leading(now)
    if leading is None:
        return {}
    known, unknown = _amounts(now)
    told: dict[str, Any] = {f"{AMOUNT_TRAIT}_{name}": rounded(known[name]) for name in known}
    if not unknown and len(known) <= 1:
        told[AMOUNT_TRAIT] = rounded(sum(known.values(), Decimal(0)))
    if unknown:
        told[f"{PREFIX}amount_unknown"] = "; ".join(unknown[name] for name in sorted(unknown))
    if len({*known, *unknown}) == 1:
        told[f"{PREFIX}currency"] = next(iter({*known, *unknown}))
    cancels = next((value for name, value, _ in _told(now) if name == CANCELS), NO_LONGER)
    if cancels != NO_LONGER:
        told[f"{PREFIX}{CANCELS}"] = cancels
    live = [each for each in now if each.means in {PAYING, TRIAL, FREE}]
    return {
        **told,
        f"{PREFIX}status": leading.state.word,
        f"{PREFIX}plan": leading.state.plan,
        f"{PREFIX}subscriptions": len(live),
    }


def _refunds(payments: Payments) -> Iterator[Fact]:
    for charge, (at, amount, currency) in sorted(payments.refunds.items()):
        yield Fact(
            REFUND, f"{rounded(amount)} {currency}", at, FROM_STRIPE, f"Stripe charge {charge}"
        )


def _refund_traits(payments: Payments) -> dict[str, Any]:
    if not payments.refunds:
        return {}
    latest = max(at for at, _, _ in payments.refunds.values())
    by_currency: defaultdict[str, Decimal] = defaultdict(Decimal)
    for _, amount, currency in payments.refunds.values():
        by_currency[currency] += amount
    told: dict[str, Any] = {f"{PREFIX}refunded_at": latest.isoformat()}
    if len(by_currency) == 1:
        told[f"{PREFIX}refunded"] = rounded(next(iter(by_currency.values())))
    return told


def _one_a_moment(facts: Iterable[Fact]) -> list[Fact]:
    """In the order of their times; what is said twice of one moment is kept once."""
    kept = {(fact.field, fact.effective_at, fact.value): fact for fact in facts}
    return [kept[key] for key in sorted(kept, key=lambda key: (key[1], key[0], key[2]))]

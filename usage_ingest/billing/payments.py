"""What was paid, failed and was refunded, and whether a subscription was ever paid. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from usage_ingest.billing.amounts import in_units
from usage_ingest.billing.stripe_events import CHARGE, INVOICE, ProviderEvent
from usage_ingest.billing.subscriptions import (
    ACTIVE,
    PAST_DUE,
    UNPAID,
    SubscriptionState,
    moment_of,
)

PAYMENT_FAILED = "invoice.payment_failed"
PAID = ("invoice.paid", "invoice.payment_succeeded")
OF_CREATION = "subscription_create"
IN_TURN = ("", "subscription_cycle", "subscription")
"""Reasons of invoices that come once an interval. Others, of a change for one, come at any time."""
AT_ONCE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class FailedPayment:
    """A payment that failed: when its invoice was made, and for what reason."""

    asked_at: datetime
    reason: str


@dataclass(slots=True)
class Payments:
    """What the events of an account say about payments, whenever they were made."""

    paid: set[str] = field(default_factory=set)
    """Subscriptions of which an invoice of more than 0 was paid."""
    failed: dict[str, list[FailedPayment]] = field(default_factory=dict)
    """By subscription."""
    refunds: dict[str, tuple[datetime, Decimal, str]] = field(default_factory=dict)
    """By charge: when it was last refunded, how much of it in all, and the currency."""

    def never(self, states: Sequence[SubscriptionState]) -> bool:
        """Whether it is known that a subscription with these states was never paid.

        Its first payment failed, and neither an invoice nor its states tell of one that succeeded.
        A later payment that fails says nothing of those before it, which nobody may have told of.
        """
        name = states[0].subscription_id
        if name in self.paid or _has_recovered(states):
            return False
        return any(_is_first(failed, states) for failed in self.failed.get(name, ()))


def payments_of(events: Iterable[ProviderEvent]) -> Payments:
    """What was paid, failed and was refunded."""
    payments = Payments()
    for event in events:
        invoice, charge = event.content.get(INVOICE), event.content.get(CHARGE)
        if invoice and invoice["subscription"]:
            if event.type in PAID and invoice["amount_paid"] > 0:
                payments.paid.add(invoice["subscription"])
            elif event.type == PAYMENT_FAILED:
                failed = payments.failed.setdefault(invoice["subscription"], [])
                failed.append(_failed(invoice, event.occurred_at))
        if charge and charge["amount_refunded"]:
            _add_refund(payments, event.occurred_at, charge)
    return payments


def _failed(invoice: Mapping[str, Any], at: datetime) -> FailedPayment:
    # It is tried again for weeks: all of these are the payment for which the invoice was made.
    asked_at = moment_of(invoice.get("created")) or at
    return FailedPayment(asked_at, invoice.get("reason") or "")


def _has_recovered(states: Sequence[SubscriptionState]) -> bool:
    """Whether it was late and then active again: what was owed had been paid."""
    return any(
        before.word in {PAST_DUE, UNPAID} and after.word == ACTIVE
        for before, after in pairwise(states)
    )


def _is_first(failed: FailedPayment, states: Sequence[SubscriptionState]) -> bool:
    """Whether this was the first payment: less than an interval after one was due at first."""
    if failed.reason == OF_CREATION:
        return True
    charged = [state for state in states if state.amount != 0]
    since = {state.at for state in charged if state.word in {ACTIVE, PAST_DUE, UNPAID}}
    was_free = len(charged) < len(states)
    due = (state.trial_ends_at or (None if was_free else state.began_at) for state in charged)
    due_by_then = [each for each in due if each and each <= failed.asked_at + AT_ONCE]
    if due_by_then:
        since.add(max(due_by_then))  # a trial may have been made longer
    interval = min((state.interval for state in charged), default=AT_ONCE)
    allowed = interval if failed.reason in IN_TURN else AT_ONCE
    return not since or failed.asked_at < min(since) + allowed


def _add_refund(payments: Payments, at: datetime, charge: Mapping[str, Any]) -> None:
    amount = in_units(charge["amount_refunded"], charge["currency"])
    known = payments.refunds.get(charge["id"])
    if known is None or (known[1], -known[0].timestamp()) < (amount, -at.timestamp()):
        payments.refunds[charge["id"]] = (at, amount, charge["currency"])

"""The calls an account's use of the product makes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import numpy as np

from pql.simulation.model import Call, SimulatedAccount

INVITING_DAYS = 2.0
"""Colleagues are invited in the first days."""


def people_calls(account: SimulatedAccount) -> Iterator[Call]:
    """Who the people of an account are, and that they belong to it."""
    for number in range(account.people):
        user, at = account.person(number), account.trial_started_at + timedelta(minutes=number)
        traits = {"name": f"Simulated person {user}", "email": f"{user}@example.com"}
        yield Call("identify", user, at, f"{user}-identify", content=traits)
        yield Call(
            "group",
            user,
            at,
            f"{user}-group",
            group_id=account.key,
            content=_account_traits(account) if number == 0 else {},
        )


def usage_calls(
    account: SimulatedAccount, now: datetime, random: np.random.Generator
) -> Iterator[Call]:
    """What the people did, in days of the trial, up to now."""
    owner, started = account.person(0), account.trial_started_at
    yield Call("track", owner, started, f"{account.key}-start", "Trial Started")
    moments = [*_invites(account, random), *_messages(account, random)]
    for number, (name, at, person) in enumerate(moments):
        if at < now:
            yield Call("track", account.person(person), at, f"{account.key}-{number}", name)
    if account.converted_at is not None:
        paid = {"plan": "business" if account.employees >= 200 else "team"}
        at = account.converted_at
        yield Call("track", owner, at, f"{account.key}-paid", "Subscription Started", None, paid)


def _account_traits(account: SimulatedAccount) -> dict[str, object]:
    return {
        "name": account.name,
        "employees": account.employees,
        "trialStartedAt": account.trial_started_at.isoformat(),
        "trialEndsAt": account.trial_ends_at.isoformat(),
        "simulated": True,
    }


def _invites(
    account: SimulatedAccount, random: np.random.Generator
) -> Iterator[tuple[str, datetime, int]]:
    for _ in range(int(random.integers(*account.behaviour.invites, endpoint=True))):
        after = timedelta(days=float(random.uniform(0.05, INVITING_DAYS)))
        yield "invite_sent", account.trial_started_at + after, 0


def _messages(
    account: SimulatedAccount, random: np.random.Generator
) -> Iterator[tuple[str, datetime, int]]:
    rate = float(random.uniform(*account.behaviour.messages_a_day))
    for day in range(int(random.integers(*account.behaviour.active_days, endpoint=True))):
        for position in range(int(random.poisson(rate))):
            after = timedelta(days=day + float(random.uniform(0.05, 0.95)))
            # Everybody takes a turn, so that all people of a busy account are active.
            person = (day + position) % account.people
            yield "message_sent", account.trial_started_at + after, person

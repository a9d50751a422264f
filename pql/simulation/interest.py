"""Marketing's side of the simulation: people who filled in forms and booked demonstrations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from pql.simulation.model import Call, SimulatedAccount

JOURNEYS = (
    ("founder", ("form_filled", "guide_downloaded", "demo_booked")),
    ("head of operations", ("form_filled", "webinar_attended")),
    ("analyst", ("guide_downloaded",)),
)
"""Title and activities, handed out in turn."""

STRANGERS = 6
"""People who showed interest and belong to no account."""


def interest_calls(accounts: Sequence[SimulatedAccount], now: datetime) -> Iterator[Call]:
    """Every second trial under way has somebody who showed interest, and so do a few strangers."""
    under_way = [one for one in accounts if one.trial_ends_at > now]
    users = [one.person(0) for one in under_way[::2]]
    users += [f"simulated-stranger-{number}" for number in range(1, STRANGERS + 1)]
    for position, user in enumerate(users):
        title, activities = JOURNEYS[position % len(JOURNEYS)]
        yield from _journey(user, title, activities, now - timedelta(days=1 + position % 3))


def _journey(user: str, title: str, activities: Sequence[str], at: datetime) -> Iterator[Call]:
    traits = {"name": f"Simulated person {user}", "email": f"{user}@example.com", "title": title}
    yield Call("identify", user, at, f"{user}-lead", content=traits)
    for hours, name in enumerate(activities, start=1):
        yield Call("track", user, at + timedelta(hours=hours), f"{user}-{name}", name)

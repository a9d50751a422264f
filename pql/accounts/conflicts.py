"""Where the payment provider and the product say something else about a trial. Pure.

The facts of both are kept. Which counts is `leading_source` of the definition file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from pql.accounts.facts import FROM_STRIPE, STATUS, TRIAL_ENDS, TRIAL_STARTED, Fact
from pql.accounts.lifecycle import UNKNOWN, Lifecycle, settle
from pql.calendars import UTC_CALENDAR, Calendar
from pql.definitions.model import LifecycleSettings

CONFLICT = "conflict"
FIELDS = frozenset((STATUS, TRIAL_STARTED, TRIAL_ENDS))
SAME_MOMENT = timedelta(hours=1)
"""Two systems that note the same trial do so some seconds or minutes apart."""


def conflicts(
    facts: Sequence[Fact],
    lifecycle: Lifecycle,
    settings: LifecycleSettings,
    now: datetime,
    calendar: Calendar = UTC_CALENDAR,
) -> Mapping[str, str]:
    """By field of the life cycle, in words, what the source that does not count says of it."""
    stripe = [fact for fact in facts if fact.known_from == FROM_STRIPE]
    product = [fact for fact in facts if fact.known_from != FROM_STRIPE]
    if not (stripe and product):
        return {}
    found = {}
    for side in (stripe, product):
        alone = settle(side, settings, now, calendar)
        for field in {fact.field for fact in side} & FIELDS:  # what it only implies is no conflict
            said, counts = getattr(alone, field), getattr(lifecycle, field)
            if said not in (None, UNKNOWN) and _differs(said, counts):
                found[field] = _in_words(field, said, alone.known[field])
    return found


def with_conflicts(
    facts: Sequence[Fact],
    lifecycle: Lifecycle,
    settings: LifecycleSettings,
    now: datetime,
    calendar: Calendar = UTC_CALENDAR,
) -> Lifecycle:
    """The life cycle, where `known` tells of the other source's word too, as `conflict`."""
    found = conflicts(facts, lifecycle, settings, now, calendar)
    if not found:
        return lifecycle
    known = {
        field: {**how, CONFLICT: found[field]} if field in found else how
        for field, how in lifecycle.known.items()
    }
    return replace(lifecycle, known=known)


def told_conflicts(lifecycle: Mapping[str, Any]) -> list[str]:
    """The sentences in an account's stored life cycle."""
    told = (how.get(CONFLICT) for how in lifecycle.values() if isinstance(how, Mapping))
    return [each for each in told if each]


def _differs(one: object, other: object) -> bool:
    if isinstance(one, datetime) and isinstance(other, datetime):
        return abs(one - other) > SAME_MOMENT
    return one != other


def _in_words(field: str, said: object, how: Mapping[str, str]) -> str:
    value = f"{said:%Y-%m-%d %H:%M} UTC" if isinstance(said, datetime) else str(said)
    return f"{field.replace('_', ' ')} is {value} by {how['detail']}, which does not count here"

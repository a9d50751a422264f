"""From facts to an account's life cycle: status, plan, trial, conversion and churn. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import Any

from pql.accounts.facts import (
    FROM_STRIPE,
    INTERNAL,
    NOTE,
    PLAN,
    STATUS,
    TRIAL_ENDS,
    TRIAL_STARTED,
    Fact,
)
from pql.definitions.model import LifecycleSettings

TRIAL = "trial"
PAYING = "paying"
CHURNED = "churned"
UNKNOWN = "unknown"
DIFFERENCE_OF_CLOCKS = timedelta(days=1)
"""So far ahead of the load's clock, which was read before, a fact's time may be."""
LATEST = "latest"
"""The leading source where whoever spoke last counts."""
FROM_TIME = "time"
"""How a status is known that the end of the trial brought, and no fact."""


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """Where an account stands in its life. Times are aware UTC, `None` is unknown or never.

    `known` tells for each field how it was known: `known_from`, `detail` and `at`.
    """

    status: str
    plan: str | None
    trial_started_at: datetime | None
    trial_ends_at: datetime | None
    converted_at: datetime | None
    churned_at: datetime | None
    known: Mapping[str, Mapping[str, str]]


def settle(facts: Sequence[Fact], settings: LifecycleSettings, now: datetime) -> Lifecycle:
    """What the facts come to at `now`.

    Facts count in the order of their effective times, whatever order they became known in; of two
    at the same time the later in `facts` counts. A late fact fills in history and undoes nothing
    newer. `converted_at` is the first time the account paid; `churned_at` is when it last left,
    unless it came back. A fact of a time yet to come, received by a clock that was ahead, comes
    after those that were known before it: what becomes known later is newer. Where the payment
    provider and the product tell of the same field, that of the leading source counts.
    """
    ordered = _in_order(facts, now)
    sources = _by_lead(ordered, settings)
    statuses = _statuses(sources)
    started = next(filter(None, map(_trial_start, sources)), None)
    ends = _told(sources, TRIAL_ENDS) or _after_trial_days(started, settings)
    dated = started or ends
    stated = _last(statuses, STATUS) or (_as_status(dated, TRIAL) if dated else None)
    status = _status(_last(ordered, INTERNAL), stated, ends, settings, now)
    converted = next((fact for fact in statuses if fact.value == PAYING), None)
    churned = _last_churn(statuses)
    known = {
        STATUS: status,
        PLAN: _told(sources, PLAN),
        TRIAL_STARTED: started,
        TRIAL_ENDS: ends,
        "converted_at": converted,
        "churned_at": churned,
        NOTE: _last(ordered, NOTE),
    }
    plan = known[PLAN]
    return Lifecycle(
        status=status.value if status else UNKNOWN,
        plan=plan.value if plan else None,
        trial_started_at=_stated_time(started),
        trial_ends_at=_stated_time(ends),
        converted_at=converted.effective_at if converted else None,
        churned_at=churned.effective_at if churned else None,
        known={field: _known(fact) for field, fact in known.items() if fact},
    )


def columns(lifecycle: Lifecycle) -> dict[str, Any]:
    """The life cycle as the columns of `Account`."""
    return {
        "status": lifecycle.status,
        "plan": lifecycle.plan,
        "trial_started_at": lifecycle.trial_started_at,
        "trial_ends_at": lifecycle.trial_ends_at,
        "converted_at": lifecycle.converted_at,
        "churned_at": lifecycle.churned_at,
        "lifecycle": {field: dict(known) for field, known in lifecycle.known.items()},
    }


def _in_order(facts: Sequence[Fact], now: datetime) -> list[Fact]:
    """The facts by their effective times. `facts` are in the order in which they became known."""
    latest = now + DIFFERENCE_OF_CLOCKS
    before = datetime.min.replace(tzinfo=UTC)
    times = []
    for fact in facts:
        if fact.effective_at <= latest:
            before = max(before, fact.effective_at)
        times.append(fact.effective_at if fact.effective_at <= latest else before)
    places = sorted(range(len(facts)), key=times.__getitem__)
    return [facts[place] for place in places]


def _by_lead(ordered: Sequence[Fact], settings: LifecycleSettings) -> list[Sequence[Fact]]:
    """The facts by source, the one whose word counts first: the others fill in what it leaves out.

    Where the latest word counts, all are one source.
    """
    stripe = [fact for fact in ordered if fact.known_from == FROM_STRIPE]
    if settings.leading_source == LATEST or not stripe:
        return [ordered]
    product = [fact for fact in ordered if fact.known_from != FROM_STRIPE]
    return [stripe, product] if settings.leading_source == FROM_STRIPE else [product, stripe]


def _statuses(sources: Sequence[Sequence[Fact]]) -> list[Fact]:
    """What was said of the status by the first source that says anything of it."""
    by_source = ([fact for fact in facts if fact.field == STATUS] for facts in sources)
    return next(filter(None, by_source), [])


def _told(sources: Sequence[Sequence[Fact]], field: str) -> Fact | None:
    return next(filter(None, (_last(facts, field) for facts in sources)), None)


def _trial_start(facts: Sequence[Fact]) -> Fact | None:
    """What one source says of when the trial began."""
    statuses = [fact for fact in facts if fact.field == STATUS]
    return _last(facts, TRIAL_STARTED) or _first_of_last_trial(statuses)


def _status(
    internal: Fact | None,
    stated: Fact | None,
    ends: Fact | None,
    settings: LifecycleSettings,
    now: datetime,
) -> Fact | None:
    if internal and internal.value == "yes":
        return _as_status(internal, INTERNAL)
    if stated is None or stated.value != TRIAL:
        return stated
    ended_at = _stated_time(ends)
    if ended_at is None or ended_at > now:
        return stated
    return Fact(STATUS, settings.after_trial, ended_at, FROM_TIME, "the trial ended")


def _as_status(source: Fact, status: str) -> Fact:
    return Fact(STATUS, status, source.effective_at, source.known_from, source.detail)


def _first_of_last_trial(statuses: Sequence[Fact]) -> Fact | None:
    """When the latest trial began that nothing but the status tells of."""
    before_end = list(reversed(statuses))
    while before_end and before_end[0].value != TRIAL:
        before_end.pop(0)
    trial = list(takewhile(lambda fact: fact.value == TRIAL, before_end))
    if not trial:
        return None
    first = trial[-1]
    start = first.effective_at.isoformat()
    return Fact(TRIAL_STARTED, start, first.effective_at, first.known_from, first.detail)


def _after_trial_days(started: Fact | None, settings: LifecycleSettings) -> Fact | None:
    if started is None or settings.trial_days is None:
        return None
    end = datetime.fromisoformat(started.value) + timedelta(days=settings.trial_days)
    detail = f"{settings.trial_days} days after the start"
    return Fact(TRIAL_ENDS, end.isoformat(), started.effective_at, started.known_from, detail)


def _last_churn(statuses: Sequence[Fact]) -> Fact | None:
    left = [fact for fact in statuses if fact.value in {CHURNED, PAYING}]
    return left[-1] if left and left[-1].value == CHURNED else None


def _last(ordered: Sequence[Fact], field: str) -> Fact | None:
    return next((fact for fact in reversed(ordered) if fact.field == field), None)


def _stated_time(fact: Fact | None) -> datetime | None:
    return datetime.fromisoformat(fact.value) if fact else None


def _known(fact: Fact) -> dict[str, str]:
    return {
        "known_from": fact.known_from,
        "detail": fact.detail,
        "at": fact.effective_at.isoformat(),
    }

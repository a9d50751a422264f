"""From facts to an account's life cycle: status, plan, trial, conversion and churn. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import Any

from pql.accounts.facts import (
    FROM_STRIPE,
    INTERNAL,
    NOTE,
    PLAN,
    STATUS,
    TAKEN_AWAY,
    TIMES,
    TRIAL_ENDS,
    TRIAL_STARTED,
    UNREADABLE,
    Fact,
)
from pql.calendars import UTC_CALENDAR, Calendar
from pql.definitions.model import LifecycleSettings

TRIAL = "trial"
PAYING = "paying"
CHURNED = "churned"
UNKNOWN = "unknown"
DIFFERENCE_OF_CLOCKS = timedelta(days=1)
"""So far ahead of the load's clock, which was read before, a fact's time may be."""
LENGTH_OF_DATE = len("2026-11-20")
"""Of the text of a date without a time."""
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


def settle(
    facts: Sequence[Fact],
    settings: LifecycleSettings,
    now: datetime,
    calendar: Calendar = UTC_CALENDAR,
) -> Lifecycle:
    """What the facts come to at `now`.

    Facts count in the order of their effective times, whatever order they became known in; of two
    at the same time the later in `facts` counts. A late fact fills in history and undoes nothing
    newer. `converted_at` is the first time the account paid; `churned_at` is when it last left,
    unless it came back. A fact of a time yet to come, received by a clock that was ahead, comes
    after those that were known before it: what becomes known later is newer. A trial that starts
    or ends on a date, without a time, does so when that date begins by the calendar. Where the
    payment provider and the product tell of the same field, that of the leading source counts.
    """
    ordered = [_with_time(fact, calendar) for fact in _in_order(facts, now)]
    sources = _by_lead(ordered, settings)
    statuses = _statuses(sources)
    started = _first_known(map(_trial_start, sources))
    told = _told(sources, TRIAL_STARTED), _told(sources, TRIAL_ENDS)
    stated_times = [fact for fact in told if fact and fact.time]
    ends = told[1]
    if ends is None or ends.value == TAKEN_AWAY:
        ends = _after_trial_days(started, settings, calendar) or ends
    internal = _last(_of(ordered, INTERNAL))
    if internal and internal.value == "yes":
        status: Fact | None = _as_status(internal, INTERNAL)
    else:
        status = _after_end(_status(statuses, stated_times), ends, settings, now)
    converted = next((fact for fact in statuses if fact.value == PAYING), None)
    churned = _last_churn(statuses)
    known = {
        STATUS: status,
        PLAN: _told(sources, PLAN),
        TRIAL_STARTED: started,
        TRIAL_ENDS: ends,
        "converted_at": converted,
        "churned_at": churned,
        NOTE: _last(_of(ordered, NOTE)),
    }
    plan = known[PLAN]
    return Lifecycle(
        status=(status.value if status else TAKEN_AWAY) or UNKNOWN,
        plan=(plan.value if plan else TAKEN_AWAY) or None,
        trial_started_at=started.time if started else None,
        trial_ends_at=ends.time if ends else None,
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


def stated_time(fact: Fact, calendar: Calendar) -> datetime | None:
    """The time that a fact says, aware; a date without a time begins by the calendar."""
    moment = fact.time
    return moment if moment is None or moment.tzinfo else calendar.date_start(moment.date())


def _with_time(fact: Fact, calendar: Calendar) -> Fact:
    moment = stated_time(fact, calendar) if fact.field in TIMES else None
    return replace(fact, value=moment.isoformat()) if moment else fact


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


def _of(ordered: Sequence[Fact], field: str) -> list[Fact]:
    """What was said of a field.

    That a trait was taken away only counts where it told what was known by then: what an event or
    another trait told still holds.
    """
    found: list[Fact] = []
    for fact in ordered:
        if fact.value == TAKEN_AWAY:
            if found and fact.takes_away(found[-1]):
                found.append(fact)
        elif fact.field == field:
            found.append(fact)
    return found


def _by_lead(ordered: Sequence[Fact], settings: LifecycleSettings) -> list[Sequence[Fact]]:
    """The facts by source, the one whose word counts first: the others fill in what it leaves out.

    Where the latest word counts, all are one source.
    """
    stripe = [fact for fact in ordered if fact.known_from == FROM_STRIPE]
    if settings.leading_source == LATEST or not stripe:
        return [ordered]
    product = [fact for fact in ordered if fact.known_from != FROM_STRIPE]
    return [stripe, product] if settings.leading_source == FROM_STRIPE else [product, stripe]


def _first_known(told: Iterable[Fact | None]) -> Fact | None:
    """The first that tells something; where none does, the first that was taken away."""
    said = list(filter(None, told))
    return next((fact for fact in said if fact.value != TAKEN_AWAY), next(iter(said), None))


def _told(sources: Sequence[Sequence[Fact]], field: str) -> Fact | None:
    """What was said last of a field, by the first source that knows it."""
    return _first_known(_last(_of(facts, field)) for facts in sources)


def _statuses(sources: Sequence[Sequence[Fact]]) -> list[Fact]:
    """What was said of the status by the first source that knows it."""
    said = [found for facts in sources if (found := _of(facts, STATUS))]
    known = (found for found in said if found[-1].value != TAKEN_AWAY)
    return next(known, next(iter(said), []))


def _trial_start(facts: Sequence[Fact]) -> Fact | None:
    """What one source says of when the trial began."""
    stated = _last(_of(facts, TRIAL_STARTED))
    if stated is None or stated.value == TAKEN_AWAY:
        return _first_of_last_trial(_of(facts, STATUS)) or stated
    return stated


def _status(statuses: Sequence[Fact], stated_times: Sequence[Fact]) -> Fact | None:
    """The status that was said last, or trial, where nothing but the times of a trial is known."""
    stated = statuses[-1] if statuses else None
    if stated and stated.value != TAKEN_AWAY:
        return stated
    since = (
        fact for fact in stated_times if not stated or fact.effective_at >= stated.effective_at
    )
    source = next(since, None)
    return _as_status(source, TRIAL) if source else stated


def _after_end(
    status: Fact | None, ends: Fact | None, settings: LifecycleSettings, now: datetime
) -> Fact | None:
    """The status; that of a trial which ended is another one."""
    ended_at = ends.time if ends else None
    if status is None or status.value != TRIAL or ended_at is None or ended_at > now:
        return status
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


def _after_trial_days(
    started: Fact | None, settings: LifecycleSettings, calendar: Calendar
) -> Fact | None:
    start = started.time if started else None
    if started is None or start is None or settings.trial_days is None:
        return None
    end = calendar.day_end(start, settings.trial_days)
    detail = f"{settings.trial_days} days after the start"
    return Fact(TRIAL_ENDS, end.isoformat(), started.effective_at, started.known_from, detail)


def _last_churn(statuses: Sequence[Fact]) -> Fact | None:
    left = [fact for fact in statuses if fact.value in {CHURNED, PAYING}]
    return left[-1] if left and left[-1].value == CHURNED else None


def _last(facts: Sequence[Fact]) -> Fact | None:
    return facts[-1] if facts else None


def _known(fact: Fact) -> dict[str, str]:
    endings = {TAKEN_AWAY: ", taken away", UNREADABLE: ", which nobody can read"}
    return {
        "known_from": fact.known_from,
        "detail": f"{fact.detail}{endings.get(fact.value, '')}",
        "at": fact.effective_at.isoformat(),
    }

"""The trials of a workspace's accounts as a frame, and how long they have been watched."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pql.calendars import UTC_CALENDAR, Calendar, Days, Times
from pql.definitions.model import Definition, DefinitionFile, Group, Rule
from pql.events.store import EventStore
from pql.faults import PlainError
from pql.metrics.recorded import recorded_events
from pql.paths import value_at
from pql.state.models import Account, AccountFact
from pql.workspace_settings import settings_of

USUAL_TRIAL_DAYS = 14
ROWS_AT_ONCE = 5_000
TIMES = ("trial_started_at", "trial_ends_at", "converted_at", "churned_at")

Traits = Mapping[int, Mapping[str, Any]]
"""By account, and then by name."""


@dataclass(frozen=True, slots=True)
class Recording:
    """From when to when a workspace's events and outcomes are known. Naive UTC.

    `begins` is the first moment of the date of the first event. A trial that began earlier was not
    watched from its start: what it did is unknown, not nothing. `last_event` is when anybody did
    something last, `ends` when anything was last heard of, outcomes included.
    """

    begins: pd.Timestamp
    last_event: pd.Timestamp
    ends: pd.Timestamp


@dataclass(frozen=True, slots=True)
class Evidence:
    """What benchmarks and cohorts are worked out from, as of a moment (naive UTC).

    `trials` as `read_trials` gives them; `recording` is `None` where there never was an event.
    `calendar` says on which day of a trial something happened.
    """

    store: EventStore
    workspace_id: int
    trials: pd.DataFrame
    recording: Recording | None
    as_of: pd.Timestamp
    calendar: Calendar = UTC_CALENDAR


@dataclass(frozen=True, slots=True)
class Cohort:
    """The trials that are judged, as `read_trials` gives them, and why others are not.

    `judged` has the column `as_of`, when its window closed; `converted` is in the same order.
    """

    judged: pd.DataFrame
    converted: pd.Series[bool]
    left_out: Mapping[str, int]


class RecordingNotBegun(PlainError):
    """Recording is said to have ended before it began."""


def read_evidence(
    store: EventStore,
    session: Session,
    workspace_id: int,
    as_of: datetime,
    until: date | None = None,
) -> Evidence:
    """Read what is known of a workspace's trials by `as_of`.

    Args:
        until: the last date of which everything was recorded, where somebody knows; left out,
            recording ends with the last that was heard.

    Raises:
        RecordingNotBegun: the first event is later than `until`.
    """
    trials = read_trials(session, workspace_id)
    calendar = settings_of(session, workspace_id).calendar
    recording = read_recording(store, session, workspace_id, as_of)
    if until is not None:
        as_of = min(as_of, calendar.date_start(until + timedelta(days=1)))
        recording = _ended(recording, naive(as_of), until)
    return Evidence(store, workspace_id, trials, recording, naive(as_of), calendar)


def read_trials(session: Session, workspace_id: int) -> pd.DataFrame:
    """Every account: `account_id`, `status` and the times of its life cycle (`TIMES`).

    Times are naive UTC, NaT where unknown.
    """
    columns = (
        Account.id.label("account_id"),
        Account.status,
        *(getattr(Account, n) for n in TIMES),
    )
    rows = session.execute(select(*columns).where(Account.workspace_id == workspace_id)).all()
    trials = pd.DataFrame(rows, columns=["account_id", "status", *TIMES])
    for name in TIMES:
        times = pd.to_datetime(trials[name], utc=True)
        trials[name] = times.dt.tz_localize(None).astype("datetime64[us]")
    return trials.astype({"account_id": "int64"})


def read_traits(session: Session, workspace_id: int, names: Collection[str]) -> Traits:
    """Those traits of every account that has any of them, as they are today."""
    if not names:
        return {}
    accounts = select(Account.id, Account.traits).where(Account.workspace_id == workspace_id)
    found = session.execute(accounts).yield_per(ROWS_AT_ONCE)
    named = (
        (account_id, {name: value_at(traits, name) for name in names})
        for account_id, traits in found
        if isinstance(traits, Mapping)
    )
    return {
        account_id: {name: value for name, value in values.items() if value is not None}
        for account_id, values in named
        if any(value is not None for value in values.values())
    }


def read_recording(
    store: EventStore, session: Session, workspace_id: int, as_of: datetime
) -> Recording | None:
    """How long the workspace has been watched by `as_of`; `None` where it never sent an event.

    It ends with the latest event or fact: an import of last year's trials ends last year.
    """
    recorded = recorded_events(store, workspace_id)
    if recorded.empty:
        return None
    latest_fact = session.scalar(
        select(func.max(AccountFact.effective_at)).where(AccountFact.workspace_id == workspace_id)
    )
    last_event = pd.Timestamp(recorded["last_at"].max())
    ends = last_event if latest_fact is None else max(last_event, naive(latest_fact))
    calendar = settings_of(session, workspace_id).calendar
    begins = _date_begins(calendar, recorded["first_at"].min())
    return Recording(begins, min(last_event, naive(as_of)), min(ends, naive(as_of)))


def _ended(recording: Recording | None, ends: pd.Timestamp, until: date) -> Recording | None:
    if recording is None:
        return None
    if ends <= recording.begins:
        raise RecordingNotBegun(f"recording cannot have ended on {until}: no event is as old")
    return replace(recording, last_event=min(recording.last_event, ends), ends=ends)


def select_cohort(evidence: Evidence, window_days: int, horizon_days: int) -> Cohort:
    """The trials whose fate is known and was open when the window closed.

    Days are those of the trial. Eligible: not converted by the end of day `window_days`. Outcome:
    converted within the horizon after that. Mature: that is not after the end of what was recorded.
    """
    trials = evidence.trials[evidence.trials["trial_started_at"].notna()]
    recording = evidence.recording or Recording(*[pd.Timestamp.max] * 3)
    judged_at = day_ends(trials, window_days, evidence.calendar)
    closes_at = day_ends(trials, window_days + horizon_days, evidence.calendar)
    reasons = {
        "internal": trials["status"] == "internal",
        "unwatched": trials["trial_started_at"] < recording.begins,
        "immature": closes_at > recording.ends,
        "converted_earlier": trials["converted_at"] < judged_at,
    }
    is_open = pd.Series(True, index=trials.index)
    left_out = {}
    for reason, applies in reasons.items():
        left_out[reason] = int((is_open & applies).sum())
        is_open &= ~applies
    judged = trials[is_open].assign(as_of=judged_at[is_open])
    converted = trials["converted_at"][is_open] < closes_at[is_open]
    return Cohort(judged.reset_index(drop=True), converted.reset_index(drop=True), left_out)


def day_ends(trials: pd.DataFrame, days: Days | int, calendar: Calendar) -> pd.Series[Any]:
    """When the day of this number ends, of each trial."""
    return pd.Series(calendar.day_ends(times_of(trials, "trial_started_at"), days), trials.index)


def days_before(trials: pd.DataFrame, name: str, calendar: Calendar) -> pd.Series[int]:
    """How many whole days of each trial were over when something happened, by its column.

    At their end it had not happened yet. -1 where it never did, or happened before the start.
    """
    at = times_of(trials, name)
    days = calendar.trial_days(times_of(trials, "trial_started_at"), at)
    return pd.Series(days - 1, trials.index)


def times_of(trials: pd.DataFrame, name: str) -> Times:
    """A column of times as an array."""
    times: Times = trials[name].to_numpy("datetime64[us]")
    return times


def watched_trials(trials: pd.DataFrame, recording: Recording) -> pd.DataFrame:
    """Trials of outside accounts that were recorded from their first day.

    One that is announced to start later has not begun.
    """
    is_watched = trials["trial_started_at"].between(recording.begins, recording.ends)
    return trials[is_watched & (trials["status"] != "internal")]


def observation_days(file: DefinitionFile, definition: Definition) -> int:
    """How long a trial is watched before the definition judges it, in whole days.

    The longest window of the first days among the metrics of its criteria; where there is none, the
    usual length of a trial.
    """
    metrics = [file.metrics[name] for name in metric_names(definition.criteria)]
    days = [
        m.window.days for m in metrics if m.window.kind == "first" and m.window.days is not None
    ]
    return max(days, default=file.lifecycle.trial_days or USUAL_TRIAL_DAYS)


def metric_names(rule: Rule) -> frozenset[str]:
    """The metrics a rule looks at."""
    return _names(rule, "metric")


def trait_names(rule: Rule) -> frozenset[str]:
    """The traits a rule looks at."""
    return _names(rule, "trait")


def _names(rule: Rule, subject: str) -> frozenset[str]:
    if isinstance(rule, Group):
        return frozenset().union(*(_names(part, subject) for part in rule.rules))
    return frozenset({rule.name}) if rule.subject == subject else frozenset()


def _date_begins(calendar: Calendar, at: datetime) -> pd.Timestamp:
    dates = calendar.dates(np.array([at], "datetime64[us]"))
    return pd.Timestamp(calendar.date_begins(dates)[0])


def naive(moment: datetime) -> pd.Timestamp:
    """An aware moment as frames hold it: UTC without saying so."""
    return pd.Timestamp(moment.astimezone(UTC).replace(tzinfo=None))

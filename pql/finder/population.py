"""Who is searched: past trials whose fate is known, or the people in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pandas as pd
from sqlalchemy import Date, DateTime, cast, select
from sqlalchemy.orm import Session

from pql.calendars import Calendar
from pql.events.schema import ACTIVITY_KINDS, events
from pql.events.store import EventStore
from pql.finder.questions import CONTACTS
from pql.metrics.clock_times import shown_at
from pql.state.models import Account, Contact, ContactAccount
from pql.statistics.arrays import Flags
from pql.trials import Evidence, read_evidence, select_cohort


@dataclass(frozen=True, slots=True, eq=False)
class Population:
    """`units` have `account_id`, `trial_started_at`, `as_of` and, for people, `contact_id`.

    `converted` (n,) says what came of each. `by_day` says that times are dates only.
    """

    units: pd.DataFrame
    converted: Flags
    left_out: Mapping[str, int]
    by_day: bool
    evidence: Evidence


def read_population(
    store: EventStore,
    session: Session,
    workspace_id: int,
    *,
    days: int,
    within: int,
    unit: str,
    now: datetime,
    until: date | None = None,
) -> Population:
    """Past trials as `select_cohort` has them: still open after `days`, old enough to be judged.

    Where times are dates only, nothing of the date of the conversion counts: its order is unknown.
    """
    evidence = read_evidence(store, session, workspace_id, now, until)
    cohort = select_cohort(evidence, days, within)
    judged = cohort.judged.assign(outcome=cohort.converted)
    by_day = _is_by_day(evidence, judged)
    if by_day:
        day_of_conversion = date_begins(judged["converted_at"], evidence.calendar)
        judged["as_of"] = judged["as_of"].where(
            ~(day_of_conversion < judged["as_of"]), day_of_conversion
        )
    if unit == CONTACTS:
        judged = _people(session, workspace_id, judged)
    columns = ["account_id", "trial_started_at", "as_of"]
    columns += ["contact_id"] if unit == CONTACTS else []
    outcome = judged["outcome"].to_numpy(dtype=bool)
    return Population(
        judged[columns].reset_index(drop=True), outcome, cohort.left_out, by_day, evidence
    )


def _people(session: Session, workspace_id: int, judged: pd.DataFrame) -> pd.DataFrame:
    """A row for each person that had been seen in the account when it was judged."""
    links = (
        select(ContactAccount.contact_id, ContactAccount.account_id, ContactAccount.first_seen_at)
        .join(Account, Account.id == ContactAccount.account_id)
        .join(Contact, Contact.id == ContactAccount.contact_id)
        .where(Account.workspace_id == workspace_id, Contact.merged_into_id.is_(None))
        .order_by(ContactAccount.account_id, ContactAccount.contact_id)
    )
    rows = session.execute(links).all()
    people = pd.DataFrame(rows, columns=["contact_id", "account_id", "first_seen_at"])
    seen = pd.to_datetime(people["first_seen_at"], utc=True).dt.tz_localize(None)
    people["first_seen_at"] = seen.astype("datetime64[us]")
    people = people.astype({"contact_id": "int64", "account_id": "int64"})
    found = people.merge(judged, on="account_id")
    return found[found["first_seen_at"] < found["as_of"]]


def date_begins(times: pd.Series[Any], calendar: Calendar) -> pd.Series[Any]:
    """The first moment of the date of each time."""
    dates = calendar.dates(times.to_numpy("datetime64[us]"))
    return pd.Series(calendar.date_begins(dates), times.index)


def _is_by_day(evidence: Evidence, judged: pd.DataFrame) -> bool:
    """Whether events, or conversions, are always at midnight: then times are dates."""
    conversions = judged["converted_at"].dropna()
    if len(conversions) and (conversions == date_begins(conversions, evidence.calendar)).all():
        return True
    if evidence.recording is None:
        return True
    earliest, latest = evidence.recording.begins, evidence.recording.last_event
    shown = shown_at(events.c.occurred_at, evidence.calendar, earliest, latest)
    within_a_day = (
        select(events.c.occurred_at)
        .where(
            events.c.workspace_id == evidence.workspace_id,
            events.c.kind.in_(ACTIVITY_KINDS),
            shown != cast(cast(shown, Date), DateTime),
        )
        .limit(1)
    )
    return evidence.store.frame(within_a_day).empty

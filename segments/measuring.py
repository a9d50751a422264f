"""Measures accounts: only what may have changed since they were measured before.

An account that does something now needs not be asked once more what it did in its trial months ago.
A window that was over when its numbers were worked out, and to which nothing came since, still has
them: they are in the evidence of the account's result.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import numpy as np
import numpy.typing as npt
import pandas as pd
from sqlalchemy import select
from sqlalchemy.orm import Session

from pql.calendars import Calendar
from pql.definitions.model import DefinitionFile
from pql.events.store import EventStore
from pql.metrics.measuring import measure
from pql.metrics.windows import Moments, place
from pql.rules.comparing import Numbers
from pql.state.bulk import as_columns, chunks, is_one_of, rows_as_stored, table_of
from pql.state.models import Standing
from segments.at_hand import MUCH_LATER, Accounts, Times, moment
from segments.evidence import read_evidence
from segments.explanation import Basis
from segments.resting import digests
from segments.results import is_spoken_of

READ_AT_ONCE = 10_000
LEAST_TIME = np.timedelta64(1, "us")
STANDING = table_of(Standing).c

ByMetric = Mapping[str, Numbers]
"""A number for each account, by the metric's name; NaN where there is none."""


def measure_accounts(  # noqa: PLR0917 - whose accounts, by which definitions, and when
    store: EventStore,
    workspace_id: int,
    accounts: Accounts,
    file: DefinitionFile,
    now: datetime,
    held: ByMetric,
    calendar: Calendar,
) -> ByMetric:
    """The metrics of the accounts that some definition speaks of; NaN for the others.

    Args:
        held: the numbers that hold already; no event is looked at for these.
    """
    places = np.flatnonzero(is_spoken_of(accounts, file.definitions.values()))
    columns = _nothing(file, accounts)
    if len(places) and file.metrics:
        moments = _moments(accounts, _measured_at(accounts, now)).iloc[places]
        metrics, measured = file.metrics.values(), {name: held[name][places] for name in held}
        values = measure(
            store, workspace_id, list(metrics), moments, measured=measured, calendar=calendar
        )
        for name, column in columns.items():
            column[places] = values[name].to_numpy()
    return columns


def numbers_that_hold(  # noqa: PLR0917 - whose accounts, by which versions, and when
    session: Session,
    accounts: Accounts,
    since: Times,
    file: DefinitionFile,
    basis: Basis,
    now: datetime,
    calendar: Calendar,
) -> ByMetric:
    """What is known of the accounts from before.

    Args:
        since: the time before which nothing of an account has changed (naive UTC, NaT: unknown).
    """
    held = _nothing(file, accounts)
    asked = np.flatnonzero(~np.isnat(since))
    if not len(asked):
        return held
    before = _nothing(file, accounts)
    _fill(before, accounts, _evidence(session, accounts.ids[asked], basis), file)
    # They were measured at `then`, or between the two where an account had been heard of later. A
    # window that lies as it did at both lies so at any moment between them.
    then = _moments(accounts, accounts.evaluated_at)
    today = _moments(accounts, _measured_at(accounts, now))
    for name, metric in file.metrics.items():
        lies = place(metric.window, today, calendar)
        holds = lies.same(place(metric.window, then, calendar)) & (lies.end <= since)
        held[name][holds] = before[name][holds]
    return held


def _evidence(session: Session, account_ids: npt.NDArray[np.int64], basis: Basis) -> dict[int, str]:
    """What results rest on that this release worked out by the same versions, by account.

    Where an account has results of several definitions, these rest on the same.
    """
    rows: list[tuple[int, str, str]] = []
    of = select(STANDING.account_id, STANDING.rests_on, STANDING.evidence)
    for ids in chunks(account_ids.tolist(), READ_AT_ONCE):
        own = is_one_of(session, STANDING.account_id, ids), STANDING.evidence.is_not(None)
        rows += rows_as_stored(session, of.where(*own))
    accounts, digested, evidence = as_columns(rows, 3)
    same = map(str.__eq__, digested, digests(evidence, basis))
    return {
        account_id: each
        for account_id, each, is_same in zip(accounts, evidence, same, strict=True)
        if is_same
    }


def _fill(
    numbers: ByMetric, accounts: Accounts, evidence: Mapping[int, str], file: DefinitionFile
) -> None:
    places = np.searchsorted(accounts.ids, np.fromiter(evidence, np.int64, len(evidence)))
    for name, values in read_evidence(evidence.values(), file).metrics.items():
        numbers[name][places] = values


def _measured_at(accounts: Accounts, now: datetime) -> Times:
    """Now, or just after the last that was heard of an account.

    The clock was read before the events were loaded; what came in between must not be missed. What
    is dated much later was received by a clock that was ahead: it counts when its time has come.
    """
    today, heard = moment(now), accounts.last_seen_at + LEAST_TIME
    measured_at: Times = np.where(heard > today + MUCH_LATER, today, np.maximum(today, heard))
    return measured_at


def _moments(accounts: Accounts, as_of: Times) -> Moments:
    """One moment for each account."""
    return pd.DataFrame(
        {
            "moment_id": np.arange(len(accounts)),
            "account_id": accounts.ids,
            "as_of": as_of,
            "trial_started_at": accounts.trial_started_at,
            "trial_ends_at": accounts.trial_ends_at,
        }
    )


def _nothing(file: DefinitionFile, accounts: Accounts) -> dict[str, Numbers]:
    return {name: np.full(len(accounts), np.nan) for name in file.metrics}

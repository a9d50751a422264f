"""Simulated: a product that has been watched for a year, with as many accounts and events as asked.

Trials begin on every day of the year, last 14 days, and turn into payment the more often the more
an account does. Accounts differ as they do: half of them do a tenth of everything. An account does
more in its first weeks than later. Events are stored in the order in which they happened.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pandas as pd
from sqlalchemy import insert

from pql.state.bulk import table_of
from pql.state.models import Account
from pql.state.store import State

ACCOUNTS = 100_000
EVENTS = 20_000_000
EVENT_NAMES = (
    "message_sent",
    "login",
    "file_shared",
    "lesson_watched",
    "report_opened",
    "comment_added",
    "task_done",
    "search_run",
    "export_made",
    "invite_sent",
    "integration_added",
    "campaign_sent",
)
"""From the most frequent to the rarest."""

PLANS = ("starter", "team", "business", "enterprise")
AT_ONCE = 10_000

CHANCES = """
    CREATE TEMPORARY MACRO chance(who, what) AS (hash(who, what) % 1000003 + 0.5) / 1000003
"""
TRIALS = """
    CREATE TEMPORARY TABLE trials AS
    SELECT *,
        activity / (activity + 4) AS inclination,
        chance(account_id, 'pays') < inclination * 0.6
            AND started_at + paid_after < $now AS pays,
        greatest(1, round($events / sum(activity) OVER () * activity))::BIGINT AS events
    FROM (
        SELECT
            account_id,
            $now - INTERVAL 1 SECOND * (31536000 * chance(account_id, 'start'))::BIGINT
                AS started_at,
            INTERVAL 1 HOUR * (24 + 600 * chance(account_id, 'when'))::BIGINT AS paid_after,
            -ln(chance(account_id, 'a')) * -ln(chance(account_id, 'b')) AS activity
        FROM range(1, $accounts + 1) AS numbers(account_id)
    )
"""
EVENT_ROWS = """
    INSERT INTO events BY NAME SELECT
        $workspace AS workspace_id,
        account_id,
        account_id * 16 + (chance(i, account_id + 1) * least(12, 1 + events // 40))::BIGINT
            AS contact_id,
        contact_id AS original_contact_id,
        TRUE AS names_account,
        1 AS source_id,
        'track' AS kind,
        $names[1 + floor(12 * chance(i, account_id + 2) ** 2)::BIGINT] AS name,
        started_at + INTERVAL 1 SECOND * (
            epoch($now - started_at) * chance(i, account_id + 3) ** 3
        )::BIGINT AS occurred_at,
        occurred_at AS received_at,
        'simulated-' || account_id || '-' || i AS message_id,
        (hash(account_id, i)::HUGEINT - 9223372036854775808)::BIGINT AS message_digest,
        '{"channel":"email","recipients":' || i % 50 || ',"seconds":31.25}' AS properties,
        FALSE AS filtered,
        FALSE AS is_copy,
        0 AS batch_id
    FROM (SELECT *, unnest(range(events)) AS i FROM trials)
    ORDER BY occurred_at
"""


def fill_a_year(
    folder: Path,
    state: State,
    workspace_id: int,
    now: datetime,
    *,
    accounts: int = ACCOUNTS,
    events: int = EVENTS,
) -> None:
    """Put the accounts and about so many events into stores that have none, as of `now`.

    The event store in `folder` is one that nobody has open. Accounts are numbered from 1.
    """
    at = now.astimezone(UTC).replace(tzinfo=None)
    with duckdb.connect(str(folder / "events.duckdb")) as connection:
        trials = plan_trials(connection, at, accounts, events)
        asked = {"now": at, "workspace": workspace_id, "names": list(EVENT_NAMES)}
        connection.execute(EVENT_ROWS, asked)
    insert_accounts(state, workspace_id, trials, now)


def plan_trials(
    connection: duckdb.DuckDBPyConnection, now: datetime, accounts: int, events: int
) -> pd.DataFrame:
    """The accounts' trials by account, which are also left in a temporary table for the events."""
    connection.execute(CHANCES)
    connection.execute(TRIALS, {"now": now, "accounts": accounts, "events": events})
    trials: pd.DataFrame = connection.sql("SELECT * FROM trials ORDER BY account_id").df()
    return trials


def insert_accounts(state: State, workspace_id: int, trials: pd.DataFrame, now: datetime) -> None:
    """Insert the accounts of the trials."""
    rows = [_account(workspace_id, trial, now) for trial in trials.itertuples()]
    for start in range(0, len(rows), AT_ONCE):
        with state.writing() as session:
            session.connection().execute(insert(table_of(Account)), rows[start : start + AT_ONCE])


def _account(workspace_id: int, trial: object, now: datetime) -> dict[str, object]:
    started = trial.started_at.to_pydatetime().replace(tzinfo=UTC)  # type: ignore[attr-defined]
    ends = started + timedelta(days=14)
    paid = trial.paid_after.to_pytimedelta()  # type: ignore[attr-defined]
    pays = bool(trial.pays)  # type: ignore[attr-defined]
    number = int(trial.account_id)  # type: ignore[attr-defined]
    return {
        "workspace_id": workspace_id,
        "key": f"account-{number}",
        "status": "paying" if pays else "trial" if ends > now else "free",
        "traits": {"employees": number * 7919 % 997, "plan": PLANS[number % len(PLANS)]},
        "trait_times": {},
        "first_seen_at": started,
        "last_seen_at": now,
        "trial_started_at": started,
        "trial_ends_at": ends,
        "converted_at": started + paid if pays else None,
        "lifecycle": {},
    }

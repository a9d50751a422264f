"""100,000 simulated trials with 20 million events in their first two weeks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
from sqlalchemy import insert

from benchmarks.loading.stores import Stores, empty_stores, opened_stores
from pql.state.models import Account

ACCOUNTS = 100_000
EVENTS = 20_000_000
NAMES = 12
BEGAN = datetime(2025, 1, 1, tzinfo=UTC)
DAYS = 270
NOW = BEGAN + timedelta(days=DAYS + 60)

# A hash of its own for each draw: `hash(i, 1)` and `hash(i, 2)` differ by a constant only.
# Accounts with a small number do more: half of the events are those of a quarter of the accounts.
STORED_EVENTS = """
    INSERT INTO events BY NAME
    WITH drawn AS (
        SELECT
            i,
            1 + ($accounts * pow(hash(8 * i + 1) / 18446744073709551616.0, 2))::BIGINT % $accounts
                AS account_id,
            hash(8 * i + 2) / 18446744073709551616.0 AS moment,
            hash(8 * i + 3) % 40 AS person,
            ($names * pow(hash(8 * i + 4) / 18446744073709551616.0, 1.5))::BIGINT % $names AS number
        FROM range($events) AS numbers(i)
    )
    SELECT
        $workspace AS workspace_id,
        account_id,
        account_id * 100 + person AS contact_id,
        account_id * 100 + person AS original_contact_id,
        FALSE AS names_account,
        1 AS source_id,
        'track' AS kind,
        'event_' || number AS name,
        $began + INTERVAL 1 DAY * ((account_id * 7919) % $days)
            + INTERVAL 1 SECOND * (moment * 14 * 86400)::BIGINT AS occurred_at,
        occurred_at AS received_at,
        'simulated-' || i AS message_id,
        (hash(i)::HUGEINT - 9223372036854775808)::BIGINT AS message_digest,
        '{"minutes":' || (hash(8 * i + 5) % 600) / 10
            || ',"recipients":' || hash(8 * i + 6) % 40
            || ',"seats":' || hash(8 * i + 7) % 300 || '}' AS properties,
        FALSE AS filtered,
        FALSE AS is_copy,
        0 AS batch_id
    FROM drawn
"""


@contextmanager
def simulated_trials(folder: Path, events: int = EVENTS) -> Iterator[Stores]:
    """An installation with a workspace of simulated trials, about a twentieth of which pay."""
    with empty_stores(folder) as stores:
        workspace_id = stores.workspace_id
        _add_accounts(stores)
    with duckdb.connect(str(folder / "events.duckdb")) as connection:
        numbers = {"accounts": ACCOUNTS, "names": NAMES, "events": events, "days": DAYS}
        began = BEGAN.replace(tzinfo=None)
        connection.execute(STORED_EVENTS, {"workspace": workspace_id, "began": began, **numbers})
    with opened_stores(folder, workspace_id) as filled:
        yield filled


def _add_accounts(stores: Stores) -> None:
    generator = np.random.default_rng(1)
    numbers = np.arange(1, ACCOUNTS + 1)
    chance = 0.02 + 0.15 * np.exp(-5 * numbers / ACCOUNTS)
    converts = generator.random(ACCOUNTS) < chance
    after = generator.integers(15, 43, ACCOUNTS)
    rows = [
        _account(stores.workspace_id, number, int(days) if pays else None)
        for number, pays, days in zip(numbers.tolist(), converts, after, strict=True)
    ]
    with stores.state.writing() as session:
        session.execute(insert(Account), rows)


def _account(workspace_id: int, number: int, pays_after: int | None) -> dict[str, object]:
    began = BEGAN + timedelta(days=(number * 7919) % DAYS)
    paid = None if pays_after is None else began + timedelta(days=pays_after)
    return {
        "id": number,
        "workspace_id": workspace_id,
        "key": f"simulated-{number}",
        "status": "trial" if paid is None else "paying",
        "trial_started_at": began,
        "converted_at": paid,
        "first_seen_at": began,
        "last_seen_at": began,
    }

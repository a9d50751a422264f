"""What evaluating is held against: one query, written by hand in DuckDB's own SQL.

It computes the metrics of `definitions.yaml` for the same accounts from the same event store, and
nothing else: no benchmarks, no states, no motions, no reasons, nothing written.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from pql.events.duckdb_store import DEFAULT_OPTIONS

QUERY = """
    SELECT
        account_id,
        count(*) FILTER (
            name = 'message_sent'
            AND occurred_at >= trial_started_at
            AND occurred_at < least(trial_started_at + INTERVAL 14 DAY, as_of)
        ) AS messages_sent,
        count(DISTINCT contact_id) FILTER (
            occurred_at >= as_of - INTERVAL 30 DAY AND occurred_at < as_of
        ) AS active_people,
        count(DISTINCT occurred_at::DATE) FILTER (
            occurred_at >= trial_started_at
            AND occurred_at < least(trial_started_at + INTERVAL 30 DAY, as_of)
        ) AS active_days,
        coalesce(sum(
            CASE WHEN name = 'lesson_watched' AND occurred_at >= trial_started_at
                AND occurred_at < least(trial_ends_at, as_of)
            THEN (properties -> '$.seconds')::DOUBLE END
        ), 0) AS seconds_watched,
        epoch(as_of - max(occurred_at) FILTER (
            occurred_at >= as_of - INTERVAL 90 DAY AND occurred_at < as_of
        )) / 86400 AS last_seen
    FROM events
    JOIN accounts USING (account_id)
    WHERE workspace_id = $1
        AND NOT filtered
        AND kind IN ('track', 'page', 'screen')
        AND occurred_at < as_of
    GROUP BY account_id, as_of
"""


def query_by_hand(events: Path, workspace_id: int, accounts: pd.DataFrame) -> pd.DataFrame:
    """The metrics of the accounts that did anything, by account.

    Args:
        events: an event store that nobody has open. It gets the worker's memory and threads.
        accounts: `account_id`, `as_of`, `trial_started_at` and `trial_ends_at`.
    """
    options: dict[str, Any] = {**DEFAULT_OPTIONS, "preserve_insertion_order": "false"}
    with duckdb.connect(str(events), config=options) as connection:
        connection.register("accounts", accounts)
        found: pd.DataFrame = connection.execute(QUERY, [workspace_id]).df()
    return found.set_index("account_id")

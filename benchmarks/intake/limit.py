"""The limit in one process: take requests apart and commit them to the journal, without HTTP."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from benchmarks.intake.messages import Requests
from pql.state.store import State
from usage_ingest.dialects import DIALECTS
from usage_ingest.group_commit import Journal
from usage_ingest.journal import NewEntry

SEGMENT = "segment"


def rate_in_process(database_url: str, requests: Requests, threads: int, seconds: float) -> float:
    """Events a second that become durable, with as many threads as the server would have.

    They share a commit (and its wait for the disk) exactly as requests of the server do.
    """
    state = State(database_url)
    journal = Journal(state)
    ends_at = time.perf_counter() + seconds
    started = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        kept = [pool.submit(_keep_until, ends_at, journal, requests) for _ in range(threads)]
        events = sum(each.result() for each in kept)
    elapsed = time.perf_counter() - started
    state.close()
    return events / elapsed


def _keep_until(ends_at: float, journal: Journal, requests: Requests) -> int:
    call = requests.path.rpartition("/")[2]
    events = 0
    while time.perf_counter() < ends_at:
        body = requests.new_body()
        found = len(DIALECTS[SEGMENT].take_apart(call, body).events)
        journal.append([NewEntry(1, 1, SEGMENT, call, datetime.now(UTC), found, body)])
        events += found
    return events

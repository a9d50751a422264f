"""The limit in one process: take requests apart and commit them to the journal, without HTTP."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from benchmarks.intake.messages import Requests
from pql.state.store import State
from usage_ingest.dialects import DIALECTS
from usage_ingest.group_commit import Journal
from usage_ingest.journal import NewEntry

SEGMENT = "segment"


def rate_in_process(database_url: str, requests: Requests, together: int, seconds: float) -> float:
    """Events a second that become durable, `together` requests in each commit.

    One thread does it all: the threads of a server would only be in one another's way.
    """
    state = State(database_url)
    journal = Journal(state)
    started = time.perf_counter()
    events = 0
    while (elapsed := time.perf_counter() - started) < seconds:
        entries = [_take_apart(requests) for _ in range(together)]
        journal.append(entries)
        events += sum(entry.events for entry in entries)
    state.close()
    return events / elapsed


def _take_apart(requests: Requests) -> NewEntry:
    call = requests.path.rpartition("/")[2]
    body = requests.new_body()
    found = len(DIALECTS[SEGMENT].take_apart(call, body).events)
    return NewEntry(1, 1, SEGMENT, call, datetime.now(UTC), found, body)

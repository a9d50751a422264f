"""`python -m benchmarks.anatomy`: where the time of one event goes, in microseconds of processor.

One process and one thread do everything, on SQLite and DuckDB, on events of one request each and of
batches of 100, with 16 requests in a commit; watching costs about a microsecond a call. Only the
line for HTTP is measured over HTTP: what the web process needs besides what is above it.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from time import monotonic
from typing import Any

from benchmarks.anatomy.steps import ACCOUNTS, CONTACTS, INTAKE, LOADER, Steps
from benchmarks.anatomy.stopwatch import Stopwatch
from benchmarks.intake.firing import fire
from benchmarks.intake.messages import (
    BATCH,
    PEOPLE_IN_A_TEAM,
    TEAMS,
    Requests,
    batches,
    singles,
)
from benchmarks.intake.servers import prepare, running_web
from benchmarks.loading.stores import Stores, empty_stores
from benchmarks.service import children_of
from pql.access import create_key
from pql.leads import evaluation as leads
from pql.state.store import State
from routes.ingest import segment
from routes.ingest.intake import Intake
from routes.wrong_keys import KeyFinder
from segments import evaluation
from usage_ingest.group_commit import Journal
from usage_ingest.journal import NewEntry
from usage_ingest.loading.loader import unfenced

EVENTS = {1: 16_000, 100: 96_000}
TOGETHER = 16
"""Requests in a commit: as many as there are connections. Counts are multiples of it."""
SECONDS = 5.0
HTTP = "HTTP and answer (granian, WSGI)"
WAITED = "waiting besides"

Microseconds = Mapping[str, float]


def main() -> None:
    """Print a table for each part of the way."""
    both = [singles(), batches()]
    in_process = [_events(requests) for requests in both]
    intake = [dict(measured[0]) for measured in in_process]
    for requests, measured in zip(both, intake, strict=True):
        worked = sum(measured.values()) - measured[WAITED]
        measured[HTTP] = max(0.0, _over_http(requests) - worked)
    _print("Intake, µs an event", [*INTAKE, HTTP], intake)
    _print("Loader, µs an event", list(LOADER), [measured[1] for measured in in_process])
    with tempfile.TemporaryDirectory() as folder, empty_stores(Path(folder) / "all") as stores:
        accounts, contacts = _evaluation(stores)
    _print("Evaluation, µs an account", list(ACCOUNTS), [accounts])
    _print("Lead scores, µs a contact", list(CONTACTS), [contacts])


def _events(requests: Requests) -> tuple[Microseconds, Microseconds]:
    """Intake and loader, each for so many events."""
    count = EVENTS[requests.events]
    with tempfile.TemporaryDirectory() as folder, empty_stores(Path(folder) / "all") as stores:
        _take_in(stores, requests, count)
        stores.load_all()  # people and accounts are known from now on
        taken_in = _watched(INTAKE, count, lambda: _take_in(stores, requests, count))
        return taken_in, _watched(LOADER, count, stores.load_all)


def _take_in(stores: Stores, requests: Requests, events: int) -> None:
    """What the web process does with requests that arrived."""
    now = datetime.now(UTC)
    with stores.state.writing() as session:
        _, key = create_key(session, stores.workspace_id, "anatomy", "write", now)
    intake = Intake(
        stores.state,
        stores.settings,
        _TogetherJournal(stores.state),
        KeyFinder(stores.state, monotonic),
    )
    endpoint = segment.ENDPOINTS[requests.path]
    for _ in range(events // requests.events):
        body = requests.new_body()
        environ: dict[str, Any] = {
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_AUTHORIZATION": f"Bearer {key}",
            "wsgi.input": BytesIO(body),
        }
        intake.accept(environ, endpoint, now)


class _TogetherJournal(Journal):
    """Commits when so many requests have come as come at once over HTTP."""

    def __init__(self, state: State) -> None:
        super().__init__(state)
        self._come: list[NewEntry] = []

    def append(self, entries: Sequence[NewEntry]) -> None:
        self._come += entries
        if len(self._come) >= TOGETHER:
            together, self._come = self._come, []
            super().append(together)


def _over_http(requests: Requests) -> float:
    """Processor time of the web process for an event, in microseconds."""
    with tempfile.TemporaryDirectory() as folder:
        service, key = prepare(Path(folder))
        with running_web(service) as port:
            family = [each for child in children_of(os.getpid()) for each in children_of(child)]
            before = sum(map(_processor_seconds, family))
            fired = fire(port, requests.over_http(key), requests.events, SECONDS)
            used = sum(map(_processor_seconds, family)) - before
    return used / fired.acknowledged * 1e6


def _processor_seconds(process_id: int) -> float:
    fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _evaluation(stores: Stores) -> tuple[Microseconds, Microseconds]:
    """Every team is an account in its trial, and everyone in it has done something new."""
    requests = batches()
    for bodies in (_trials(), [requests.new_body() for _ in range(EVENTS[100] // BATCH)]):
        stores.fill_journal(bodies)
        stores.load_all()
        _evaluate_accounts(stores)  # the first time makes the benchmarks, too
        _evaluate_contacts(stores)
    stores.fill_journal([requests.new_body() for _ in range(EVENTS[100] // BATCH)])
    stores.load_all()
    accounts = _watched(ACCOUNTS, TEAMS, lambda: _evaluate_accounts(stores))
    people = TEAMS * PEOPLE_IN_A_TEAM
    return accounts, _watched(CONTACTS, people, lambda: _evaluate_contacts(stores))


def _evaluate_accounts(stores: Stores) -> None:
    evaluation.evaluate_changed(stores.state, stores.events, datetime.now(UTC), unfenced)


def _evaluate_contacts(stores: Stores) -> None:
    leads.evaluate_changed_leads(stores.state, stores.events, datetime.now(UTC), unfenced)


def _trials() -> list[bytes]:
    began = (datetime.now(UTC) - timedelta(days=2)).isoformat()
    traits = {"status": "trial", "trial_started_at": began, "employees": 50}
    calls = [
        {"type": "group", "userId": f"user-{team:04d}-0", "groupId": f"team-{team:04d}"}
        for team in range(TEAMS)
    ]
    return [
        json.dumps({"batch": [call | {"traits": traits} for call in calls[n : n + BATCH]]}).encode()
        for n in range(0, TEAMS, BATCH)
    ]


def _watched(steps: Steps, count: int, action: Callable[[], Any]) -> Microseconds:
    stopwatch = Stopwatch()
    with stopwatch.watching(steps):
        action()
    seconds = {**stopwatch.seconds, WAITED: stopwatch.waited}
    return {step: each / count * 1e6 for step, each in seconds.items()}


def _print(title: str, steps: Sequence[str], columns: Sequence[Microseconds]) -> None:
    heads = ["one a request", "100 a request"] if len(columns) > 1 else [""]
    print(f"\n| {title} | {' | '.join(heads)} |\n|---|{'---:|' * len(columns)}")
    totals = [sum(column.values()) - column[WAITED] for column in columns]
    for step in steps:
        figures = [
            f"{column.get(step, 0.0):.1f} ({column.get(step, 0.0) / total:.0%})"
            for column, total in zip(columns, totals, strict=True)
        ]
        print(f"| {step} | {' | '.join(figures)} |")
    print(f"| together | {' | '.join(f'{total:.1f}' for total in totals)} |")
    print(f"| {WAITED} | {' | '.join(f'{column[WAITED]:.1f}' for column in columns)} |")


if __name__ == "__main__":
    main()

"""The memory of web and worker with 20 million events stored and intake running."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import select

from benchmarks.intake.firing import fire
from benchmarks.intake.messages import batches
from benchmarks.intake.servers import prepare
from benchmarks.loading.speed import MILLION
from benchmarks.loading.stores import add_past
from benchmarks.results import Result
from benchmarks.service import Service, children_of, eventually
from pql.events.duckdb_store import DuckDBEventStore
from pql.state.models import Workspace
from pql.state.store import State

STORED = 20 * MILLION
EVENTS_PER_SECOND = 2_000.0
SECONDS = 120.0
LIMIT = 1_024
"""MiB."""
LOOK_EVERY = 0.5


def measure_memory(folder: Path) -> Result:
    """The most that all processes of `pql serve` had resident at one moment, shared pages twice."""
    service, key = prepare(folder)
    DuckDBEventStore(folder / "events.duckdb").close()
    add_past(folder, _workspace_id(service), STORED)
    requests = batches()
    service.start()
    try:
        with _watched(service) as seen:
            fired = fire(
                service.port,
                requests.over_http(key),
                requests.events,
                SECONDS,
                events_per_second=EVENTS_PER_SECOND,
            )
    finally:
        service.stop()
    print(f"  {fired}")
    return Result("memory_20m", round(max(seen)), "MiB", LIMIT)


def _workspace_id(service: Service) -> int:
    state = State(service.environment["DATABASE_URL"])
    with state.reading() as session:
        found = session.scalars(select(Workspace.id)).one()
    state.close()
    return found


@contextmanager
def _watched(service: Service) -> Iterator[list[float]]:
    seen: list[float] = []
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(LOOK_EVERY):
            seen.append(sum(map(resident, family(service.process.pid))))

    eventually("the worker runs", lambda: len(family(service.process.pid)) > 1)
    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield seen
    finally:
        ended.set()
        watcher.join()


def family(process_id: int) -> list[int]:
    """A process and all that it started."""
    return [process_id, *(each for child in children_of(process_id) for each in family(child))]


def resident(process_id: int) -> float:
    """MiB; none of a process that has ended."""
    with suppress(FileNotFoundError, ProcessLookupError):
        status = Path(f"/proc/{process_id}/status").read_text().splitlines()
        sizes = (line.split()[1] for line in status if line.startswith("VmRSS:"))
        return int(next(sizes, 0)) / 1_024
    return 0.0

"""The highest rate at which events are acknowledged and loaded while no backlog builds up."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select

from benchmarks.intake.firing import Fired, fire
from benchmarks.intake.messages import batches
from benchmarks.intake.servers import (
    PEER_KEY,
    WORKSPACE,
    create_database,
    prepare,
    running_peer,
    running_postgres,
)
from benchmarks.intake.speed import best_peer_server, over_http
from benchmarks.results import Result
from benchmarks.service import Service, ServiceFailed, eventually
from pql.state.models import Workspace
from pql.state.store import State
from tests.fixtures.postgres_cluster import PostgresServer
from usage_ingest.journal import count_waiting

FIRST_RATE = 10_000.0
STEP, FINE_STEP = 1.25, 1.05
"""Up until it is too much, in short trials; then down again until it is held for long."""
TRIAL_SECONDS, FINAL_SECONDS = 15.0, 60.0
LOOK_EVERY = 0.5
FLAT_SECONDS = 2.0
"""Of events: so much the backlog may grow in a trial (see `Backlog.growth`), in which what waits
goes up and down by a load. Over a minute that is about a twentieth of what came in; a short trial,
which only says where to begin, so lets pass what is up to a fifth too much."""
DRAINED_WITHIN = 300.0


def measure_sustained(folder: Path) -> Result:
    """Batches of 100 with web and worker running, against the peer, which stores as it answers."""
    with running_postgres() as cluster:
        ours = _highest(folder, cluster)
        peer_url = create_database(cluster, "peer")
        best = best_peer_server(folder, peer_url, batches())
        with running_peer(folder, peer_url, *best) as port:
            baseline = over_http(port, batches(), PEER_KEY)(FINAL_SECONDS)
    return Result("sustained_vs_orm", round(ours), "events/s", round(baseline))


def _highest(folder: Path, cluster: PostgresServer) -> float:
    """Each long trial has stores of its own: what was stored by one would burden the next."""
    rate = FIRST_RATE
    with _running(folder, cluster, "short") as started:
        while _hold(*started, rate, TRIAL_SECONDS):
            rate *= STEP
    while True:
        rate /= FINE_STEP
        with _running(folder, cluster, f"long_{rate:.0f}") as started:
            if held := _hold(*started, rate, FINAL_SECONDS):
                return held


@contextmanager
def _running(folder: Path, cluster: PostgresServer, name: str) -> Iterator[tuple[Service, str]]:
    """The service with empty stores, and a key of it."""
    own = folder / name
    own.mkdir()
    service, key = prepare(own, DATABASE_URL=create_database(cluster, name))
    service.start()
    try:
        yield service, key
    finally:
        service.stop()


def _hold(service: Service, key: str, rate: float, seconds: float) -> float:
    """The rate acknowledged, 0 where intake did not keep up or the backlog grew."""
    with watched_backlog(service.environment["DATABASE_URL"]) as backlog:
        fired = _fire(service, key, rate, seconds)
        is_flat = backlog.growth() <= FLAT_SECONDS * rate
    print(f"  at {rate:,.0f} events/s: {fired}; backlog {backlog}")
    eventually("nothing waits", lambda: _is_drained(service), DRAINED_WITHIN)
    return fired.rate if is_flat and fired.rate > 0.97 * rate else 0.0


def _fire(service: Service, key: str, rate: float, seconds: float) -> Fired:
    requests = batches()
    return fire(
        service.port, requests.over_http(key), requests.events, seconds, events_per_second=rate
    )


def _is_drained(service: Service) -> bool:
    return service.stats(WORKSPACE)["pending"] == 0


@dataclass
class Backlog:
    """Events waiting in the journal, looked at again and again."""

    waiting: list[int] = field(default_factory=list)

    def growth(self) -> float:
        """How much longer it was in the last fifth than in the second fifth (the first fills)."""
        fifth = len(self.waiting) // 5
        if not fifth:
            raise ServiceFailed("the backlog was not watched for long enough")
        early, late = self.waiting[fifth : 2 * fifth], self.waiting[-fifth:]
        return sum(late) / fifth - sum(early) / fifth

    def __str__(self) -> str:
        return f"{self.waiting[0]:,} to {self.waiting[-1]:,}, most {max(self.waiting):,}"


@contextmanager
def watched_backlog(database_url: str) -> Iterator[Backlog]:
    """Watch the journal of the workspace until the block ends."""
    state, backlog, ended = State(database_url), Backlog(), threading.Event()
    with state.reading() as session:
        workspace_id = session.scalars(
            select(Workspace.id).where(Workspace.name == WORKSPACE)
        ).one()

    def watch() -> None:
        while not ended.is_set():
            started = time.perf_counter()
            backlog.waiting.append(count_waiting(state, workspace_id))
            ended.wait(max(0.0, LOOK_EVERY - (time.perf_counter() - started)))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield backlog
    finally:
        ended.set()
        watcher.join()
        state.close()

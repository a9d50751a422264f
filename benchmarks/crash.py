"""Kill processes of a service under load at random moments, and count what came of the events.

`python -m benchmarks.crash --kills 100 --database postgresql` kills the database, too, and starts
it again; on SQLite it is part of the processes. The tests do the same with fewer kills.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.intake.servers import create_database, running_postgres
from benchmarks.load import Load
from benchmarks.results import Result
from benchmarks.service import Service, children_of, eventually, running_service
from tests.fixtures.postgres_cluster import PostgresServer

WORKSPACE = "crash"
EVENTS_PER_SECOND = 300.0
ACCOUNTS = 50
LONGEST_PAUSE = 4.0
"""Seconds that a process runs before it is hit, at most: some are only just starting."""
SETTLED_WITHIN = 120.0

PROCESSES = ("web", "web process", "worker")
DATABASE = "database"
SQLITE, POSTGRESQL = "sqlite", "postgresql"
KILLS = 100


@dataclass(frozen=True)
class Outcome:
    """What is left after the last kill. `times` is how many messages are stored so often."""

    kills: Counter[str]
    acknowledged: frozenset[str]
    stored: frozenset[str]
    times: Counter[int]
    stats: dict[str, int]

    @property
    def lost(self) -> int:
        """Events that were acknowledged and are not stored."""
        return len(self.acknowledged - self.stored)

    @property
    def twice(self) -> int:
        """Events that are stored more than once."""
        return sum(messages for times, messages in self.times.items() if times > 1)

    @property
    def is_exact(self) -> bool:
        """Whether every acknowledged event is stored, each once, and the counts say the same."""
        stats = self.stats
        fates = stats["pending"] + stats["stored"] + stats["duplicates"] + stats["quarantined"]
        return (
            self.acknowledged == self.stored
            and self.twice == 0
            and stats["pending"] == 0
            and stats["stored"] == len(self.stored)
            and stats["journaled"] == fates
        )

    def __str__(self) -> str:
        return (
            f"killed: {dict(self.kills)}\n"
            f"acknowledged: {len(self.acknowledged):,}, stored: {len(self.stored):,}, "
            f"lost: {self.lost}, twice: {self.twice}\n"
            f"pql stats: {self.stats}"
        )


def measure_crash(folder: Path) -> Sequence[Result]:
    """What 100 kills on each database cost, against all events that were acknowledged."""
    outcomes = []
    for seed, database in enumerate((SQLITE, POSTGRESQL), start=1):
        outcomes.append(crash(folder / database, KILLS, seed, database))
        print(f"  {database}: {outcomes[-1]}")
    acknowledged = sum(len(each.acknowledged) for each in outcomes)
    return [
        Result("crash_lost", sum(each.lost for each in outcomes), "events", acknowledged),
        Result("crash_twice", sum(each.twice for each in outcomes), "events", acknowledged),
    ]


def crash(folder: Path, kills: int, seed: int, database: str) -> Outcome:
    """Kill under load on one kind of database; PostgreSQL gets a cluster of its own."""
    folder.mkdir(exist_ok=True)
    if database == SQLITE:
        return kill_under_load(folder, kills, seed)
    with running_postgres() as cluster:
        url = create_database(cluster, WORKSPACE)
        return kill_under_load(folder, kills, seed, cluster, DATABASE_URL=url)


def kill_under_load(
    folder: Path, kills: int, seed: int, cluster: PostgresServer | None = None, **settings: str
) -> Outcome:
    """Run a service, load it, kill something of it `kills` times with SIGKILL, and count.

    Web, the web server's own process, the worker, and the cluster where there is one. A short lease
    lets the next worker go on soon, so that it, too, is at work when it is hit.
    """
    dice = random.Random(seed)
    with running_service(folder, LEASE_SECONDS="1", **settings) as service:
        service.run("workspace", "create", WORKSPACE)
        key = service.create_key(WORKSPACE, "write")
        make_event = partial(_event, prefix=f"seed-{seed}")
        with Load(service.port, key, EVENTS_PER_SECOND, make_event).running() as load:
            killed = Counter(_kill_one(service, cluster, dice) for _ in range(kills))
        stats = eventually("nothing waits", partial(_settled, service), SETTLED_WITHIN)
        service.stop()
        times = _stored_messages(service.environment["EVENTS_URL"])
    stored, acknowledged = frozenset(times), frozenset(load.acknowledged)
    return Outcome(killed, acknowledged, stored, Counter(times.values()), stats)


def _kill_one(service: Service, cluster: PostgresServer | None, dice: random.Random) -> str:
    targets = PROCESSES if cluster is None else (*PROCESSES, DATABASE)
    name, pause = dice.choice(targets), dice.uniform(0.05, LONGEST_PAUSE)
    if cluster is not None and name == DATABASE:
        time.sleep(pause)
        cluster.kill_and_start()
        return name
    eventually(f"{name} runs", partial(find_process, service, name))
    time.sleep(pause)
    victim = eventually(f"{name} runs", partial(find_process, service, name))
    with suppress(ProcessLookupError):  # it has just ended with its parent, killed the last time
        os.kill(victim, signal.SIGKILL)
    return name


def find_process(service: Service, name: str) -> int | None:
    """The process id of a child of `pql serve`, or of the web server's own child."""
    command_name = name.split(maxsplit=1)[0].encode()
    for child in children_of(service.process.pid):
        if command_name in command_line(child):
            return child if name != "web process" else next(iter(children_of(child)), None)
    return None


def command_line(process_id: int) -> list[bytes]:
    with suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{process_id}/cmdline").read_bytes().split(b"\0")
    return []


def _event(number: int, prefix: str) -> dict[str, Any]:
    account = number % ACCOUNTS
    return {
        "type": "track",
        "event": "message_sent",
        "messageId": f"{prefix}-{number}",
        "userId": f"user-{account}",
        "context": {"groupId": f"team-{account}"},
        "timestamp": datetime.now(UTC).isoformat(),
    }


def _settled(service: Service) -> dict[str, int] | None:
    stats = service.stats(WORKSPACE)
    return None if stats["pending"] or stats["waiting"] else stats


def _stored_messages(events_url: str) -> Counter[str]:
    """How often each message is in the event store, read by its own engine."""
    with duckdb.connect(events_url.removeprefix("duckdb:///"), read_only=True) as connection:
        rows = connection.execute("SELECT message_id FROM events").fetchall()
    return Counter(message for (message,) in rows)


def main() -> None:
    """Do it and say what came of it; the exit code is 1 if an event is missing or there twice."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=KILLS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", choices=(SQLITE, POSTGRESQL), default=SQLITE)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        outcome = crash(Path(folder), chosen.kills, chosen.seed, chosen.database)
    print(outcome)
    raise SystemExit(0 if outcome.is_exact else 1)


if __name__ == "__main__":
    main()

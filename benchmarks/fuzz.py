"""Ten thousand hostile requests through the real line.

`python -m benchmarks.fuzz --requests 10000 --database postgresql`

Half are lists with one good event among bad ones, half anything at all. Nothing may answer 5xx, and
every good event that was acknowledged must be stored once.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.crash import POSTGRESQL, SQLITE
from benchmarks.intake.servers import create_database, running_postgres
from benchmarks.results import Result
from pql.events.duckdb_store import DuckDBEventStore
from pql.settings import Settings
from pql.state.migrate import migrate
from routes.application import create_app
from routes.service import Service
from tests.fuzz.hostile import ANY_REQUESTS, LIST_REQUESTS, HostileSender, made_up

REQUESTS = 10_000


@dataclass(frozen=True, slots=True)
class Fuzzed:
    """What was answered how often, how many good events were acknowledged, and how many lost."""

    statuses: Mapping[int, int]
    good: int
    lost: int

    @property
    def requests(self) -> int:
        return sum(self.statuses.values())

    @property
    def failed(self) -> int:
        """Requests that were answered 5xx."""
        return sum(number for status, number in self.statuses.items() if status >= 500)

    def __str__(self) -> str:
        return (
            f"{self.requests:,} requests, answered {dict(sorted(self.statuses.items()))}; "
            f"{self.good:,} good events acknowledged, {self.lost} lost"
        )


def measure_fuzz(folder: Path) -> Sequence[Result]:
    """What 10,000 requests on each database broke: answers 5xx of all, good events lost of all."""
    fuzzed = []
    for database in (SQLITE, POSTGRESQL):
        fuzzed.append(fuzz(REQUESTS, folder / database, database))
        print(f"  {database}: {fuzzed[-1]}")
    requests, good = (sum(each.requests for each in fuzzed), sum(each.good for each in fuzzed))
    return [
        Result("fuzz_5xx", sum(each.failed for each in fuzzed), "requests", requests),
        Result("fuzz_lost", sum(each.lost for each in fuzzed), "events", good),
    ]


def fuzz(requests: int, folder: Path, database: str) -> Fuzzed:
    """Send so many requests to one kind of database; PostgreSQL gets a cluster of its own."""
    folder.mkdir(exist_ok=True)
    if database == SQLITE:
        return _fuzz(requests, folder, f"sqlite:///{folder / 'state.db'}")
    with running_postgres() as cluster:
        return _fuzz(requests, folder, create_database(cluster, "fuzz"))


def _fuzz(requests: int, folder: Path, database_url: str) -> Fuzzed:
    file = folder / "events.duckdb"
    own = Settings(database_url, f"duckdb:///{file}")
    app = create_app(own)
    service: Service = app.extensions["pql"]
    migrate(service.state)
    sender = HostileSender(app.test_client(), service.state, DuckDBEventStore(file), own)

    for where, before, after, packed in made_up(LIST_REQUESTS, requests // 2):
        sender.send_list(where, before, after, packed=packed)
    for path, body, encoding in made_up(ANY_REQUESTS, requests // 2):
        sender.send(path, body, {"Content-Encoding": encoding})
    lost = len(sender.lost())
    service.state.close()
    return Fuzzed(sender.statuses, len(sender.good), lost)


def main() -> None:
    """Print what came of it; the exit code is 1 if a good event is missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=REQUESTS)
    parser.add_argument("--database", choices=(SQLITE, POSTGRESQL), default=SQLITE)
    chosen = parser.parse_args()
    with TemporaryDirectory() as folder:
        fuzzed = fuzz(chosen.requests, Path(folder), chosen.database)
    print(fuzzed)
    raise SystemExit(1 if fuzzed.lost or fuzzed.failed else 0)


if __name__ == "__main__":
    main()

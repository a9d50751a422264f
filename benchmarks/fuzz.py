"""Ten thousand hostile requests through the real line: `python -m benchmarks.fuzz [REQUESTS]`.

Half are lists with one good event among bad ones, half anything at all. Nothing may answer 5xx, and
every good event that was acknowledged must be stored once.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from pql.events.duckdb_store import DuckDBEventStore
from pql.settings import Settings
from pql.state.migrate import migrate
from routes.application import create_app
from routes.service import Service
from tests.fuzz.hostile import ANY_REQUESTS, LIST_REQUESTS, HostileSender, made_up

REQUESTS = 10_000


def fuzz(requests: int, folder: Path) -> HostileSender:
    """Send so many requests; raises where one is answered 5xx."""
    file = folder / "events.duckdb"
    own = Settings(f"sqlite:///{folder / 'state.db'}", f"duckdb:///{file}")
    app = create_app(own)
    service: Service = app.extensions["pql"]
    migrate(service.state)
    sender = HostileSender(app.test_client(), service.state, DuckDBEventStore(file), own)

    for where, before, after, packed in made_up(LIST_REQUESTS, requests // 2):
        sender.send_list(where, before, after, packed=packed)
    for path, body, encoding in made_up(ANY_REQUESTS, requests // 2):
        sender.send(path, body, {"Content-Encoding": encoding})
    return sender


def main() -> None:
    """Print what was answered, and how many good events are missing."""
    requests = int(sys.argv[1]) if len(sys.argv) > 1 else REQUESTS
    with TemporaryDirectory() as folder:
        sender = fuzz(requests, Path(folder))
        lost = sender.lost()
    print(f"{sender.requests:,} requests, answered {dict(sorted(sender.statuses.items()))}")
    print(f"{len(sender.good):,} good events acknowledged, {len(lost)} lost")
    sys.exit(1 if lost else 0)


if __name__ == "__main__":
    main()

"""How fast intake answers: against its own limit, an empty view, and what a team would write.

The two sides of a ratio take turns, and the median of their rounds counts: a busy neighbour on the
machine then hits both.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from statistics import median

from benchmarks.intake.firing import CONNECTIONS, fire
from benchmarks.intake.limit import rate_in_process
from benchmarks.intake.messages import Requests, batches, singles
from benchmarks.intake.servers import (
    PEER_KEY,
    create_database,
    prepare,
    running_empty,
    running_peer,
    running_postgres,
    running_web,
)
from benchmarks.results import Result

ROUNDS = 3
SECONDS = 5.0
WARM_UP = 1.0

PEER_SERVERS = (("sync", 3, 1), ("gthread", 1, 8), ("gthread", 2, 4))
"""Worker class, processes, threads: the best of these stands for the peer."""

Rate = Callable[[float], float]
"""Events a second, measured for so many seconds."""


def measure_batch100(folder: Path) -> Result:
    """Batches of 100 over HTTP, against decoding and committing them without HTTP."""
    service, key = prepare(folder)
    database_url = service.environment["DATABASE_URL"]

    def limit(seconds: float) -> float:
        return rate_in_process(database_url, batches(), CONNECTIONS, seconds)

    with running_web(service) as port:
        ours, baseline = take_turns(over_http(port, batches(), key), limit)
    return Result("intake_batch100", round(ours), "events/s", round(baseline))


def measure_single(folder: Path) -> Result:
    """One event a request, against the same server answering an empty Flask view."""
    service, key = prepare(folder)
    with running_web(service) as port, running_empty(folder) as empty_port:
        ours, baseline = take_turns(
            over_http(port, singles(), key), over_http(empty_port, singles(), key)
        )
    return Result("intake_single", round(ours), "events/s", round(baseline))


def measure_batch100_against_orm(folder: Path) -> Result:
    """Batches of 100, both on PostgreSQL."""
    return _against_orm("intake_vs_orm_batch100", folder, batches())


def measure_single_against_orm(folder: Path) -> Result:
    """One event a request, both on PostgreSQL."""
    return _against_orm("intake_vs_orm_single", folder, singles())


def _against_orm(name: str, folder: Path, requests: Requests) -> Result:
    with running_postgres() as cluster:
        service, key = prepare(folder, DATABASE_URL=create_database(cluster, "ours"))
        peer_url = create_database(cluster, "peer")
        best = best_peer_server(folder, peer_url, requests)
        with running_web(service) as port, running_peer(folder, peer_url, *best) as peer_port:
            ours, baseline = take_turns(
                over_http(port, requests, key), over_http(peer_port, requests, PEER_KEY)
            )
    return Result(name, round(ours), "events/s", round(baseline))


def best_peer_server(folder: Path, peer_url: str, requests: Requests) -> tuple[str, int, int]:
    """The one of `PEER_SERVERS` that answers most."""
    rates = {}
    for server in PEER_SERVERS:
        with running_peer(folder, peer_url, *server) as port:
            rates[server] = over_http(port, requests, PEER_KEY)(SECONDS)
    return max(rates, key=lambda server: rates[server])


def over_http(port: int, requests: Requests, key: str) -> Rate:
    """The rate at which a server acknowledges these requests."""
    new_request = requests.over_http(key)

    def rate(seconds: float) -> float:
        fired = fire(port, new_request, requests.events, seconds)
        print(f"  {requests.path} on port {port}: {fired}")
        return fired.rate

    return rate


def take_turns(ours: Rate, baseline: Rate) -> tuple[float, float]:
    """The median rate of each, after a warm-up."""
    for rate in (ours, baseline):
        rate(WARM_UP)
    rounds = [(ours(SECONDS), baseline(SECONDS)) for _ in range(ROUNDS)]
    return median(each for each, _ in rounds), median(each for _, each in rounds)

"""How fast the loader is, and that it stays as fast with more to do and with more stored."""

from __future__ import annotations

import time
from pathlib import Path
from statistics import median

from benchmarks.intake.messages import BATCH, batches
from benchmarks.loading.columns import append_plainly
from benchmarks.loading.stores import Stores, add_past, empty_stores, opened_stores
from benchmarks.results import Result
from benchmarks.service import ServiceFailed
from usage_ingest.translating.reading import MOST_EVENTS

EVENTS = 100_000
FEW, TIMES = 100_000, 10
"""`FEW` are two loads, and as many as the event store compresses at once: it is in both sides."""
MADE_AT_ONCE = 100_000
"""Events whose bodies are in memory before they are in the journal."""
MILLION = 1_000_000
ROUNDS = 3


def measure_loader(folder: Path) -> Result:
    """Journal to event store, against decoding the same events and appending them as columns."""
    rounds = [_both(folder / f"round-{number}") for number in range(ROUNDS)]
    ours, baseline = (round(EVENTS / median(seconds)) for seconds in zip(*rounds, strict=True))
    return Result("loader", ours, "events/s", baseline)


def measure_linear(folder: Path) -> Result:
    """The seconds for ten times the events, against those for the events; at most eleven times."""
    rounds = []
    for number in range(ROUNDS):
        with empty_stores(folder / f"linear-{number}") as stores:
            _load(stores, FEW)  # people and accounts are known: what follows is like any later load
            rounds.append((_load(stores, FEW), _load(stores, TIMES * FEW)))
    few, many = (median(seconds) for seconds in zip(*rounds, strict=True))
    return Result("loader_linear", round(many, 3), "s", round(few, 3))


def measure_filled(folder: Path) -> Result:
    """The rate with 20 million events there, against the rate with one million."""
    rates = [_rate_with(folder / f"{stored}", stored) for stored in (20 * MILLION, MILLION)]
    return Result("loader_20m", round(rates[0]), "events/s", round(rates[1]))


def _both(folder: Path) -> tuple[float, float]:
    bodies = _bodies(EVENTS)
    with empty_stores(folder / "plain") as plain:
        started = time.perf_counter()
        append_plainly(plain.events, bodies, MOST_EVENTS)
        baseline = time.perf_counter() - started
    with empty_stores(folder / "ours") as stores:
        ours = _load(stores, EVENTS)
    print(f"  {EVENTS:,} events: loaded in {ours:.2f} s, plainly appended in {baseline:.2f} s")
    return ours, baseline


def _rate_with(folder: Path, stored: int) -> float:
    with empty_stores(folder) as stores:
        _load(stores, FEW)
    add_past(folder, stores.workspace_id, stored)
    with opened_stores(folder, stores.workspace_id) as filled:
        rates = [EVENTS / _load(filled, EVENTS) for _ in range(ROUNDS)]
    print(
        f"  with {stored:,} events stored: {', '.join(f'{rate:,.0f}' for rate in rates)} events/s"
    )
    return median(rates)


def _load(stores: Stores, events: int) -> float:
    """The seconds it takes to load so many new events."""
    for made in range(0, events, MADE_AT_ONCE):
        stores.fill_journal(_bodies(min(MADE_AT_ONCE, events - made)))
    started = time.perf_counter()
    stored = stores.load_all()
    elapsed = time.perf_counter() - started
    if stored != events:
        raise ServiceFailed(f"{stored} events were stored, not {events}")
    return elapsed


def _bodies(events: int) -> list[bytes]:
    requests = batches()
    return [requests.new_body() for _ in range(events // BATCH)]

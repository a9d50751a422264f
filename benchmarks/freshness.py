"""How long it takes from the answer 200 to the new motion in `GET /api/v1/accounts`, under load."""

from __future__ import annotations

import http.client
import json
import random
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np

from benchmarks.load import Event, Load, Sender
from benchmarks.results import Result
from benchmarks.service import Service, ServiceFailed, eventually, running_service

WORKSPACE = "freshness"
DEFINITIONS = Path(__file__).parent / "definitions.yaml"
NEEDED = 5  # messages, says the definition

EVENTS_PER_SECOND = 500.0
BACKGROUND_ACCOUNTS = 200
PROBES, AT_A_TIME = 80, 4
LOOK_EVERY = 0.05
LIMIT = 5.0
"""Seconds that were promised."""


def measure_freshness(folder: Path) -> Result:
    """The 99th percentile in seconds over `PROBES` accounts, at 500 events a second beside them."""
    with running_service(folder) as service:
        service.run("workspace", "create", WORKSPACE)
        service.run("definitions", "apply", DEFINITIONS, "--workspace", WORKSPACE)
        write_key = service.create_key(WORKSPACE, "write")
        read_key = service.create_key(WORKSPACE, "read")
        _sign_up(service, write_key)
        load = Load(service.port, write_key, EVENTS_PER_SECOND, partial(_background, dice(0)))
        with load.running():
            started = time.monotonic()
            latencies = _probe_all(service, write_key, read_key)
            elapsed = time.monotonic() - started
            _check_rate(len(load.acknowledged) / elapsed)
    return Result("freshness_p99", round(float(np.percentile(latencies, 99)), 3), "s", LIMIT)


def _check_rate(rate: float) -> None:
    """A figure measured at less than the promised load would say nothing."""
    print(f"background load: {rate:.0f} events/s acknowledged")
    if rate < 0.95 * EVENTS_PER_SECOND:
        raise ServiceFailed(f"the load was {rate:.0f} events/s, not {EVENTS_PER_SECOND:.0f}")


def dice(seed: int) -> random.Random:
    """Repeatable chance."""
    return random.Random(seed)


def _sign_up(service: Service, write_key: str) -> None:
    """Every account starts its trial, and probes come to one message short of their motion."""
    sender = Sender(service.port, write_key)
    accounts = [f"background-{number}" for number in range(BACKGROUND_ACCOUNTS)]
    probes = [f"probe-{number}" for number in range(PROBES)]
    for account in [*accounts, *probes]:
        messages = [_message(account) for _ in range(NEEDED - 1)] if account in probes else []
        sender.send([_group(account), *messages])
    sender.close()
    eventually("all are stored and evaluated", partial(_is_settled, service))


def _is_settled(service: Service) -> bool:
    stats = service.stats(WORKSPACE)
    return stats["pending"] == 0 and stats["waiting"] == 0 and stats["accounts"] > 0


def _probe_all(service: Service, write_key: str, read_key: str) -> Sequence[float]:
    probe = partial(_probe, service.port, write_key, read_key)
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        latencies = list(pool.map(probe, range(PROBES)))
    middle, late = np.percentile(latencies, [50, 99])
    print(f"{PROBES} probes: median {middle:.2f} s, p99 {late:.2f} s, most {max(latencies):.2f} s")
    return latencies


def _probe(port: int, write_key: str, read_key: str, number: int) -> float:
    """Seconds from the acknowledgement of the last event needed to the account's new motion."""
    time.sleep(dice(number).uniform(0, 1))  # anywhere between two ticks of the clock
    sender = Sender(port, write_key)
    sender.send([_message(f"probe-{number}")])
    acknowledged = time.monotonic()
    sender.close()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LIMIT)
    asked = urlencode({"motion": "high_touch", "q": f"probe-{number}", "limit": 100})
    while not _is_listed(connection, asked, read_key, f"probe-{number}"):
        if time.monotonic() - acknowledged > 10 * LIMIT:
            raise ServiceFailed(f"probe {number} was never routed")
        time.sleep(LOOK_EVERY)
    connection.close()
    return time.monotonic() - acknowledged


def _is_listed(
    connection: http.client.HTTPConnection, asked: str, read_key: str, account: str
) -> bool:
    bearer = {"Authorization": f"Bearer {read_key}"}
    connection.request("GET", f"/api/v1/accounts?{asked}", headers=bearer)
    listed = json.load(connection.getresponse())["data"]
    return any(one["id"] == account for one in listed)


def _group(account: str) -> Event:
    traits: dict[str, Any] = {
        "status": "trial",
        "trial_started_at": (datetime.now(UTC) - timedelta(days=2)).isoformat(),
        "employees": 500,
    }
    return {"type": "group", "userId": f"{account}-user", "groupId": account, "traits": traits}


def _message(account: str) -> Event:
    return {"type": "track", "event": "message_sent", "userId": f"{account}-user"}


def _background(chance: random.Random, _number: int) -> Event:
    account = f"background-{chance.randrange(BACKGROUND_ACCOUNTS)}"
    return {
        **_message(account),
        "event": chance.choice(("message_sent", "login", "file_shared")),
        "messageId": f"{chance.getrandbits(128):032x}",
        "properties": {"size": chance.randrange(1_000)},
    }

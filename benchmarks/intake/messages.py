"""Requests that are ready to be sent: built once, made unique at the cost of one `join`.

The events are simulated: as long as real ones (about 300 bytes each), with people and teams that
come again and again.
"""

from __future__ import annotations

import json
import random
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count, cycle
from typing import Any

BATCH = 100
TEMPLATES = 64
TEAMS, PEOPLE_IN_A_TEAM = 200, 5
NAMES = ("message_sent", "login", "file_shared", "campaign_sent", "invite_sent", "report_viewed")
CHANNELS = ("email", "chat", "phone", "web")
UNIQUE = "00000000000000000000"
"""Stands in a template for the part of a message id that each request fills in."""

NewBody = Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class Requests:
    """Requests to one path, all of `events` events. `new_body` makes a body never sent before."""

    path: str
    events: int
    new_body: NewBody

    def over_http(self, key: str) -> Callable[[], bytes]:
        """Makes whole HTTP requests, each with a new body. The key is sent as SDKs do."""
        credentials = b64encode(f"{key}:".encode()).decode()
        head = (
            f"POST {self.path} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            f"Authorization: Basic {credentials}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(self.new_body())}\r\n\r\n"
        ).encode()
        return lambda: head + self.new_body()


def batches(seed: int = 1) -> Requests:
    """Segment batches of 100 events."""
    chance = random.Random(seed)
    bodies = [
        {
            "batch": [_event(chance, position) for position in range(BATCH)],
            "sentAt": _text(datetime.now(UTC)),
        }
        for _ in range(TEMPLATES)
    ]
    return Requests("/v1/batch", BATCH, _new_bodies(bodies, seed))


def singles(seed: int = 2) -> Requests:
    """`track` calls, one event each."""
    chance = random.Random(seed)
    bodies = [_event(chance, 0) for _ in range(TEMPLATES)]
    return Requests("/v1/track", 1, _new_bodies(bodies, seed))


def _new_bodies(bodies: list[dict[str, Any]], seed: int) -> NewBody:
    texts = [json.dumps(body, separators=(",", ":")) for body in bodies]
    longest = max(map(len, texts))  # spaces after JSON mean nothing, and keep one Content-Length
    templates = cycle([text.ljust(longest).encode().split(UNIQUE.encode()) for text in texts])
    numbers: Iterator[int] = count()
    run = f"{random.Random().getrandbits(32):08x}{seed:02x}"
    return lambda: f"{run}{next(numbers):010x}".encode().join(next(templates))


def _event(chance: random.Random, position: int) -> dict[str, Any]:
    team = chance.randrange(TEAMS)
    at = datetime.now(UTC) - timedelta(seconds=chance.uniform(0, 20))
    return {
        "type": "track",
        "event": chance.choice(NAMES),
        "messageId": f"{UNIQUE}-{position:04x}-simulated",
        "userId": f"user-{team:04d}-{chance.randrange(PEOPLE_IN_A_TEAM)}",
        "context": {"groupId": f"team-{team:04d}"},
        "properties": {
            "channel": chance.choice(CHANNELS),
            "recipients": chance.randrange(100),
            "seconds": round(chance.uniform(1, 600), 3),
        },
        "timestamp": _text(at),
    }


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")

"""Load over HTTP that knows exactly what was acknowledged."""

from __future__ import annotations

import http.client
import json
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any

RETRY_PAUSE = 0.05
ANSWER_WITHIN = 10.0
GIVE_UP_AFTER = 60.0

Event = dict[str, Any]


class Sender:
    """One keep-alive connection that sends Segment batches, each until it is acknowledged."""

    def __init__(self, port: int, write_key: str) -> None:
        self._port = port
        credentials = b64encode(f"{write_key}:".encode()).decode()
        self._headers = {"Authorization": f"Basic {credentials}", "Connection": "keep-alive"}
        self._connection: http.client.HTTPConnection | None = None

    def send(self, events: list[Event]) -> bool:
        """Send until the answer is 200, always with the same message ids. False: gave up."""
        body = json.dumps({"batch": events, "sentAt": datetime.now(UTC).isoformat()})
        give_up_at = time.monotonic() + GIVE_UP_AFTER
        while not self._is_acknowledged(body):
            if time.monotonic() > give_up_at:
                return False
            time.sleep(RETRY_PAUSE)
        return True

    def close(self) -> None:
        """Close the connection."""
        if self._connection:
            self._connection.close()
            self._connection = None

    def _is_acknowledged(self, body: str) -> bool:
        try:
            self._connection = self._connection or http.client.HTTPConnection(
                "127.0.0.1", self._port, timeout=ANSWER_WITHIN
            )
            self._connection.request("POST", "/v1/batch", body, self._headers)
            answer = self._connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            self.close()
            return False
        return answer.status == http.client.OK


@dataclass
class Load:
    """Events a second from several threads. `make_event` is given a running number."""

    port: int
    write_key: str
    events_per_second: float
    make_event: Callable[[int], Event]
    batch: int = 10
    threads: int = 4
    acknowledged: list[str] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=count)
    _stopped: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def running(self) -> Iterator[Load]:
        """Send until the block ends; then every batch in hand is sent to the end."""
        senders = [threading.Thread(target=self._send) for _ in range(self.threads)]
        for sender in senders:
            sender.start()
        try:
            yield self
        finally:
            self._stopped.set()
            for sender in senders:
                sender.join()

    def _send(self) -> None:
        sender = Sender(self.port, self.write_key)
        pause = self.batch * self.threads / self.events_per_second
        due = time.monotonic()
        while not self._stopped.wait(max(0.0, due - time.monotonic())):
            due += pause
            events = [self.make_event(next(self._numbers)) for _ in range(self.batch)]
            if sender.send(events):
                self.acknowledged.extend(event["messageId"] for event in events)
        sender.close()

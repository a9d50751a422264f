"""The honest workspace: steady events, each of which moves an account to another motion."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks.hostile.target import Target, Workspace

ACCOUNTS = 100
EVENTS_PER_SECOND = 10.0
SENDERS = 8
RETRY_PAUSE = 0.1
LOOK_EVERY = 0.1
STUCK_AFTER = 5.0
"""Seconds after which the end of a phase does not wait to know how long an event takes."""
LISTED = f"/api/v1/accounts?limit={ACCOUNTS}"
LISTED_AS = "/api/v1/accounts (victim)"
LARGE, SMALL = 500, 1
MOTION = {LARGE: "high_touch", SMALL: "low_touch"}


@dataclass
class Probe:
    """An event on its way: when it was due to be sent, and which motion it will bring."""

    account: str
    due: float
    motion: str


@dataclass
class Victim:
    """Sends, looks, and remembers how long each event took from when it was due to its motion.

    An account whose event is still on its way is passed over: what it would have had to wait is
    added when that one arrives, so that a standstill counts as often as it was met.
    """

    target: Target
    workspace: Workspace
    prefix: str
    waits: list[float] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)
    _on_way: dict[str, Probe] = field(default_factory=dict)
    _passed_over: dict[str, list[float]] = field(default_factory=dict)
    _sizes: dict[str, int] = field(default_factory=dict)
    _number: int = 0
    _begun: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _ended: threading.Event = field(default_factory=threading.Event)

    def sign_up(self) -> None:
        """Every account begins its trial as a small one."""
        for number in range(ACCOUNTS):
            self._sizes[_account(number)] = SMALL
        events = [self._event(account, SMALL) for account in self._sizes]
        self._send([*events, *[_message(each, f"{self.prefix}-{each}") for each in self._sizes]])

    def all_small(self) -> bool:
        """Whether the API shows every account with the motion of a small one."""
        motions = self._motions()
        return len(motions) == ACCOUNTS and set(motions.values()) == {MOTION[SMALL]}

    @contextmanager
    def running(self) -> Iterator[Victim]:
        """Send and look until the block ends."""
        threads = [threading.Thread(target=self._send_all) for _ in range(SENDERS)]
        threads.append(threading.Thread(target=self._look))
        self._begun = time.monotonic()
        for thread in threads:
            thread.start()
        try:
            yield self
        finally:
            self._ended.set()
            for thread in threads:
                thread.join()

    def take_waits(self) -> list[float]:
        """Seconds that events took since the last call; what is stuck has waited so far."""
        now = time.monotonic()
        with self._lock:
            waits, self.waits = self.waits, []
            dues = [probe.due for probe in self._on_way.values()]
            dues += [due for passed_over in self._passed_over.values() for due in passed_over]
            # While every sender waits for an answer, nobody sends what is due.
            due_by_now = int((now - self._begun) * EVENTS_PER_SECOND)
            dues += [self._due(number) for number in range(self._number, due_by_now)]
        return waits + [now - due for due in dues if now - due > STUCK_AFTER]

    def _due(self, number: int) -> float:
        return self._begun + number / EVENTS_PER_SECOND

    def _send_all(self) -> None:
        while True:
            with self._lock:
                number, self._number = self._number, self._number + 1
            due = self._due(number)
            if self._ended.wait(max(0.0, due - time.monotonic())):
                return
            self._probe(_account(number % ACCOUNTS), due)

    def _probe(self, account: str, due: float) -> None:
        with self._lock:
            if account in self._on_way:
                self._passed_over.setdefault(account, []).append(due)
                return
            size = self._sizes[account] = LARGE if self._sizes[account] == SMALL else SMALL
            self._on_way[account] = Probe(account, due, MOTION[size])
        self._send([self._event(account, size)])

    def _event(self, account: str, size: int) -> dict[str, Any]:
        started = (datetime.now(UTC) - timedelta(days=2)).isoformat()
        traits = {"status": "trial", "trial_started_at": started, "employees": size}
        message_id = f"{self.prefix}-{account}-{time.time_ns()}"
        who = {"userId": f"{account}-user", "groupId": account, "messageId": message_id}
        return {"type": "group", **who, "traits": traits}

    def _send(self, events: list[dict[str, Any]]) -> None:
        """As an SDK does: again and again with the same message ids, until it is acknowledged."""
        while self.target.send(self.workspace, events).status != http.client.OK:
            if self._ended.wait(RETRY_PAUSE):
                return
        with self._lock:
            self.acknowledged.extend(event["messageId"] for event in events)

    def _look(self) -> None:
        while not self._ended.wait(LOOK_EVERY):
            with self._lock:
                is_idle = not self._on_way
            if is_idle:
                continue
            motions, now = self._motions(), time.monotonic()
            with self._lock:
                for probe in list(self._on_way.values()):
                    if motions.get(probe.account) != probe.motion:
                        continue
                    del self._on_way[probe.account]
                    passed_over = self._passed_over.pop(probe.account, [])
                    self.waits += [now - due for due in (probe.due, *passed_over)]

    def _motions(self) -> dict[str, str]:
        answered = self.target.call(self.workspace, "GET", LISTED, label=LISTED_AS)
        if answered.status != http.client.OK:
            return {}
        return {row["id"]: row["motion"] for row in json.loads(answered.body)["data"]}


def _account(number: int) -> str:
    return f"account-{number}"


def _message(account: str, message_id: str) -> dict[str, Any]:
    who = {"userId": f"{account}-user", "context": {"groupId": account}}
    return {"type": "track", "event": "message_sent", "messageId": message_id, **who}

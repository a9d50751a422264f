"""What was answered, counted by endpoint and status; and what of it should never have been."""

from __future__ import annotations

import json
import threading
from collections import Counter
from dataclasses import dataclass, field

UNAVAILABLE = 503
NO_ANSWER = 0
"""Instead of a status: the connection broke, or nothing came in time."""
MOST_BODIES = 10
LONGEST_BODY = 500


def has_reason(body: bytes) -> bool:
    """Whether an answer says in words why it could not be served."""
    try:
        said = json.loads(body)
    except ValueError:
        return False
    return isinstance(said, dict) and any(
        said.get(name) for name in ("detail", "message", "missing", "error")
    )


@dataclass
class Answers:
    """Counts that threads may add to, and the first bodies of answers that are a failure."""

    counts: Counter[tuple[str, int]] = field(default_factory=Counter)
    failures: Counter[tuple[str, int]] = field(default_factory=Counter)
    bodies: list[str] = field(default_factory=list)
    events: Counter[str] = field(default_factory=Counter)
    """Events that were acknowledged, by workspace."""
    steps: Counter[str] = field(default_factory=Counter)
    """Steps of each attack that were done, and those that ended with an error of its own."""

    def __post_init__(self) -> None:
        self._lock = threading.Lock()

    def __getstate__(self) -> dict[str, object]:
        return {name: value for name, value in vars(self).items() if name != "_lock"}

    def __setstate__(self, state: dict[str, object]) -> None:
        vars(self).update(state)
        self._lock = threading.Lock()

    def add(self, endpoint: str, status: int, body: bytes) -> None:
        """Count an answer. A 5xx is a failure, but 503 with a reason."""
        with self._lock:
            self.counts[endpoint, status] += 1
            if status >= 500 and not (status == UNAVAILABLE and has_reason(body)):
                self.failures[endpoint, status] += 1
                if len(self.bodies) < MOST_BODIES:
                    text = body[:LONGEST_BODY].decode(errors="replace")
                    self.bodies.append(f"{endpoint} {status}: {text}")

    def acknowledge(self, workspace: str, events: int) -> None:
        """Count events that were answered 200."""
        with self._lock:
            self.events[workspace] += events

    def done(self, attack: str) -> None:
        """Count a step of an attack."""
        with self._lock:
            self.steps[attack] += 1

    def merge(self, other: Answers) -> None:
        """Add what another process counted."""
        for name in ("counts", "failures", "events", "steps"):
            getattr(self, name).update(getattr(other, name))
        self.bodies = (self.bodies + other.bodies)[:MOST_BODIES]

    def by_status(self) -> dict[int, int]:
        """How often each status was answered."""
        statuses: Counter[int] = Counter()
        for (_, status), number in self.counts.items():
            statuses[status] += number
        return dict(sorted(statuses.items()))

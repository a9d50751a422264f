"""Requests that nobody should send, each with one good event in it, through the real line."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from flask.testing import FlaskClient
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from pql.access import create_key
from pql.events.duckdb_store import DuckDBEventStore
from pql.events.schema import events
from pql.settings import Settings
from pql.state.store import State
from pql.workspaces import create_workspace
from routes.ingest import amplitude, posthog, segment
from usage_ingest.loading.loader import load

Request = TypeVar("Request")

NOW = datetime(2026, 6, 1, tzinfo=UTC)
LOADED_EVERY = 200
"""Requests between two loads."""

SEGMENT = ("/v1/batch", "batch")
POSTHOG = ("/batch", "batch")
AMPLITUDE = ("/2/httpapi", "events")
LISTS = (SEGMENT, POSTHOG, AMPLITUDE)
PATHS = (*segment.ENDPOINTS, *posthog.ENDPOINTS, *amplitude.ENDPOINTS, "/v1/events")

# As JSON carries them: lone surrogates, NUL, whole numbers without end, no numbers at all.
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(10**300, 10**310)
    | st.floats()
    | st.text(st.characters(), max_size=20)
    | st.sampled_from(["", "\0", "\ud800", "x" * 600, "2026-01-01", "9999-12-31T23:59:59Z", "$set"])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)
FIELDS = (
    "type", "event", "messageId", "userId", "anonymousId", "previousId", "groupId", "properties",
    "traits", "context", "timestamp", "originalTimestamp", "sentAt", "distinct_id", "uuid", "$set",
    "event_type", "user_id", "device_id", "time", "insert_id", "groups", "user_properties",
    "event_properties", "group_properties", "$groups", "specversion", "id", "source", "data",
)  # fmt: skip
WORDS = st.sampled_from(
    ["track", "identify", "group", "alias", "page", "screen", "$identify", "$groupidentify", "ada"]
)
NEARLY_EVENTS = st.dictionaries(st.sampled_from(FIELDS), WORDS | VALUES, max_size=8)
DEEP = st.integers(1, 2_000).map(lambda depth: "[" * depth + "]" * depth)
JUNK = NEARLY_EVENTS.map(json.dumps) | VALUES.map(json.dumps) | DEEP

LIST_REQUESTS = st.tuples(
    st.sampled_from(LISTS), st.lists(JUNK, max_size=4), st.lists(JUNK, max_size=4), st.booleans()
)
"""Which list, what is before the good event and what after it, and whether it is packed."""

ANY_BODIES = (
    st.binary(max_size=60)
    | JUNK.map(str.encode)
    | st.binary(max_size=30).map(gzip.compress)
    | JUNK.map(lambda junk: f'{{"batch":{junk},"events":{junk},"sentAt":{junk}}}'.encode())
)
ANY_REQUESTS = st.tuples(
    st.sampled_from(PATHS), ANY_BODIES, st.sampled_from(["", "gzip", "identity", "br"])
)


def made_up(strategy: st.SearchStrategy[Request], number: int) -> list[Request]:
    """So many requests, the same each time.

    They are sent later: hypothesis raises Python's recursion limit while it calls, so that intake
    would take in what the loader cannot read.
    """
    requests: list[Request] = []

    @settings(
        max_examples=number,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def collect(request: Request) -> None:
        requests.append(request)

    collect()
    return requests


@dataclass
class HostileSender:
    """Sends through the application, loads now and then, and remembers what was acknowledged."""

    client: FlaskClient
    state: State
    store: DuckDBEventStore
    settings: Settings
    requests: int = 0
    statuses: dict[int, int] = field(default_factory=dict)
    good: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        with self.state.writing() as session:
            self.workspace_id = create_workspace(session, "fuzzed", NOW).id
            _, self.key = create_key(session, self.workspace_id, "key", "write", NOW)

    def send_list(
        self, where: tuple[str, str], before: list[str], after: list[str], *, packed: bool
    ) -> None:
        """Send a list with one good event between the others; it is taken in."""
        path, name = where
        message_id = f"good-{self.requests}"
        good = json.dumps(_good(path, message_id))
        body = f'{{"{name}":[{",".join([*before, good, *after])}]}}'.encode()
        headers = {"Content-Encoding": "gzip"} if packed else {}
        status = self.send(path, gzip.compress(body) if packed else body, headers)
        if status == 200:
            self.good.append(message_id)
        else:  # told to the sender, and nothing is kept: too deep for any reader of JSON
            assert status == 400, f"{path} answered {status} to {body[:500]!r}"

    def send(self, path: str, body: bytes, headers: Mapping[str, str]) -> int:
        """Send anything; the service does not fail over it."""
        own = {"Authorization": f"Bearer {self.key}", **headers}
        status = self.client.post(path, data=body, headers=own).status_code
        self.statuses[status] = self.statuses.get(status, 0) + 1
        self.requests += 1
        assert status < 500, f"{path} answered {status} to {body[:500]!r}"
        if self.requests % LOADED_EVERY == 0:
            self.load_everything()
        return status

    def load_everything(self) -> None:
        """Load until nothing waits."""
        while load(self.state, self.store, self.settings, NOW).events:
            pass

    def lost(self) -> set[str]:
        """The good events that were acknowledged and are not stored, or not exactly once."""
        self.load_everything()
        own = events.c.workspace_id == self.workspace_id
        statement = events.select().where(own, events.c.message_id.like("good-%"))
        stored: Any = self.store.frame(statement)["message_id"]
        assert stored.is_unique
        return set(self.good) - set(stored)


def _good(path: str, message_id: str) -> dict[str, object]:
    if path == AMPLITUDE[0]:
        return {"event_type": "message_sent", "user_id": "good", "insert_id": message_id}
    if path == POSTHOG[0]:
        return {"event": "message_sent", "distinct_id": "good", "uuid": message_id}
    return {
        "type": "track",
        "event": "message_sent",
        "userId": "good",
        "messageId": message_id,
    }

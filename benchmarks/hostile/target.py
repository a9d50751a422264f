"""The service as its clients see it: an address, and keys of workspaces."""

from __future__ import annotations

import http.client
import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from benchmarks.hostile.answers import NO_ANSWER, Answers

HOST = "127.0.0.1"
ANSWER_WITHIN = 60.0
"""Seconds after which a client gives up."""
BATCH = "/v1/batch"


@dataclass(frozen=True, slots=True)
class Workspace:
    """A workspace of somebody, and its keys."""

    name: str
    write_key: str
    admin_key: str


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer; `status` is 0 where there was none."""

    status: int
    body: bytes = b""


@dataclass
class Target:
    """Where to send to. Connections are not kept: who attacks does not care, and none is shared."""

    port: int
    answers: Answers = field(default_factory=Answers)
    answer_within: float = ANSWER_WITHIN

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | str | None = None,
        headers: Mapping[str, str] | None = None,
        label: str = "",
    ) -> Answered:
        """Send a request and count what was answered, under its label or path."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=self.answer_within)
        try:
            answered = _answer(connection, method, path, body, headers or {})
        finally:
            connection.close()
        self.answers.add(f"{method} {label or path}", answered.status, answered.body)
        return answered

    def send(self, workspace: Workspace, events: Sequence[Mapping[str, Any]]) -> Answered:
        """Send events as Segment's SDKs do, and count those that were acknowledged."""
        body = json.dumps({"batch": events})
        return self.send_body(workspace, body.encode(), len(events))

    def send_body(
        self, workspace: Workspace, body: bytes, events: int, label: str = BATCH
    ) -> Answered:
        """Send a body of so many events."""
        answered = self.ask("POST", BATCH, body, basic(workspace.write_key), label)
        if answered.status == http.client.OK:
            self.answers.acknowledge(workspace.name, events)
        return answered

    def call(
        self,
        workspace: Workspace,
        method: str,
        path: str,
        body: bytes | str | None = None,
        label: str = "",
        **headers: str,
    ) -> Answered:
        """Call the API with the admin key; names of headers have `_` for `-`."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        bearer = {"Authorization": f"Bearer {workspace.admin_key}"}
        return self.ask(method, path, body, bearer | sent, label)


def basic(key: str) -> dict[str, str]:
    """The header in which SDKs send a write key."""
    return {"Authorization": f"Basic {b64encode(f'{key}:'.encode()).decode()}"}


def _answer(
    connection: http.client.HTTPConnection,
    method: str,
    path: str,
    body: bytes | str | None,
    headers: Mapping[str, str],
) -> Answered:
    try:
        # A refusal may come, and the connection be closed, before all of the body is sent.
        with suppress(BrokenPipeError, ConnectionResetError):
            connection.request(method, path, body, dict(headers))
        response = connection.getresponse()
        return Answered(response.status, response.read())
    except (OSError, http.client.HTTPException):
        return Answered(NO_ANSWER)

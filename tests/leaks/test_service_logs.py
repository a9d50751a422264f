"""Whatever is refused and whichever store fails, the log names no key and nothing that was sent.

Every key, id and body here has `MARK` in it; what a process writes to standard error must not.
"""

from __future__ import annotations

import base64
import gzip
import json
import resource
import shutil
import socket
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path

import pytest

from benchmarks.service import PATIENCE, PQL, Service, children_of, eventually, running_service
from pql.access import SCOPES, create_key, digest_of
from pql.state.models import ApiKey
from pql.state.store import State
from pql.workspaces import create_workspace

pytestmark = pytest.mark.slow

MARK = "m4rk3d"
WORKSPACE = "acme"
DISK_BYTES = 400_000
"""More than the log has by then, which must be written."""
SEEN = "2026-01-01 00:00:00.000000"


@dataclass
class Attacked:
    """A service with marked keys, and its files."""

    service: Service
    keys: dict[str, str]
    state_file: Path

    def send(self, path: str, body: bytes | str | None = None, **headers: str) -> int:
        """The status that a request is answered with."""
        method = "GET" if body is None else "POST"
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        content = body.encode() if isinstance(body, str) else body
        with closing(
            HTTPConnection("127.0.0.1", self.service.port, timeout=PATIENCE)
        ) as connection:
            connection.request(method, path, content, given)
            return connection.getresponse().status

    def send_event(self, text: str = MARK) -> int:
        return self.send("/v1/track", event(text), **self.write)

    @property
    def journal(self) -> Path:
        return self.state_file.with_name("state-journal.sqlite3")

    @property
    def write(self) -> dict[str, str]:
        pair = base64.b64encode(f"{self.keys['write']}:".encode()).decode()
        return {"Authorization": f"Basic {pair}"}

    @property
    def read(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.keys['read']}"}

    def change(self, statement: str, file: Path | None = None) -> None:
        opened = sqlite3.connect(file or self.state_file, timeout=PATIENCE, isolation_level=None)
        with closing(opened) as connection:
            connection.execute(statement)

    def ask(self, query: str) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(self.state_file, timeout=PATIENCE)) as connection:
            return connection.execute(query).fetchall()

    def failures(self) -> list[str]:
        found = self.ask("SELECT detail FROM job_run WHERE outcome = 'failed'")
        return [str(detail) for (detail,) in found]

    def log(self) -> str:
        return (self.service.folder / "service.log").read_text()


def event(text: str, **more: object) -> str:
    user = {"userId": f"user {MARK}", "context": {"groupId": f"account {MARK}"}}
    return json.dumps({"type": "track", "event": text, **user, **more})


@pytest.fixture(scope="module", params=["console", "json"])
def attacked(
    request: pytest.FixtureRequest,
    sqlite_template: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Attacked]:
    folder = tmp_path_factory.mktemp("attacked")
    shutil.copytree(sqlite_template, folder, dirs_exist_ok=True)
    url = f"sqlite:///{folder / 'state.sqlite3'}"
    keys = marked_keys(url)
    settings = {"DATABASE_URL": url, "LOG_LEVEL": "debug", "LOG_FORMAT": request.param}
    with running_service(folder, **settings) as service:
        yield Attacked(service, keys, folder / "state.sqlite3")


def marked_keys(url: str) -> dict[str, str]:
    """A key of each scope, whose secret is marked."""
    state, keys = State(url), {scope: f"pql_{scope}_{MARK:x<43}" for scope in SCOPES}
    with state.writing() as session:
        workspace = create_workspace(session, WORKSPACE, datetime.now(UTC))
        for scope, key in keys.items():
            made, _ = create_key(session, workspace.id, scope, scope, datetime.now(UTC))
            session.get_one(ApiKey, made.id).digest = digest_of(key)
    state.close()
    return keys


def test_nothing_that_was_sent_is_logged_or_kept_as_an_outcome(attacked: Attacked) -> None:
    send_what_is_refused(attacked)
    break_a_view_a_job_and_a_command(attacked)
    lose_a_table(attacked)
    fill_the_disk(attacked)
    assert attacked.service.stop() == 0
    assert MARK not in attacked.log()
    assert MARK not in json.dumps(attacked.ask("SELECT * FROM job_run"))
    damage_the_state(attacked)


BODIES: tuple[bytes | str, ...] = (
    *(
        f'{{"{MARK}',
        MARK,
        f'"{MARK}"',
        f'{{"batch": "{MARK}"}}',
        f'{{"events": [{{"{MARK}": 1}}]}}',
    ),
    *(
        f'{{"batch": [{{"type": "{MARK}", "userId": {{"{MARK}": 1}}}}]}}',
        f"data={MARK}",
        "[" * 5000,
    ),
    *(
        gzip.compress(MARK.encode() * 99)[:-9],
        gzip.compress(MARK.encode()),
        b"\xff" + MARK.encode(),
    ),
    *(event(MARK, timestamp=MARK, messageId=[MARK]), f'{{"specversion": "{MARK}", "id": 7}}'),
)
PATHS = ("/v1/batch", "/v1/track", "/batch", "/e/", "/capture", "/2/httpapi", "/v1/events")


def send_what_is_refused(attacked: Attacked) -> None:
    statuses = {attacked.send(path, body, **attacked.write) for path in PATHS for body in BODIES}
    assert 400 in statuses
    wrong = {"Authorization": f"Bearer {MARK}"}
    assert attacked.send("/v1/batch", event(MARK), **wrong) == 401
    assert attacked.send(f"/v1/track?writeKey={MARK}", event(MARK, writeKey=MARK)) == 401
    assert attacked.send("/v1/track", event(MARK), **attacked.write, Content_Encoding=MARK) == 400
    assert attacked.send(f"/v1/receipts/{MARK}", **wrong) == 401
    for path in (f"/api/v1/accounts/{MARK}", f"/{MARK}", f"/api/v1/accounts?cursor={MARK}"):
        assert attacked.send(path, **attacked.read) in {404, 422}
        assert attacked.send(path, **wrong) in {401, 404}
    for body in (f"key={MARK}&next=/{MARK}", MARK):
        attacked.send("/sign-in", body, Content_Type="application/x-www-form-urlencoded")
    for line in (
        f"GET /{MARK} HTTP/9.9\r\n\r\n",
        f"{MARK}\r\n\r\n",
        f"GET / HTTP/1.1\r\n{MARK}\r\n\r\n",
    ):
        with socket.create_connection(("127.0.0.1", attacked.service.port)) as connection:
            connection.sendall(line.encode())
            connection.recv(1_000)


def break_a_view_a_job_and_a_command(attacked: Attacked) -> None:
    """A moment in the state that is none: what reads it raises a ValueError that quotes it."""
    assert attacked.send_event() == 200
    account = "SELECT 1 FROM account WHERE evaluated_at IS NOT NULL"
    eventually("the account is evaluated", lambda: attacked.ask(account))
    attacked.change(f"UPDATE account SET last_seen_at = '{MARK}'")
    assert attacked.send("/api/v1/accounts", **attacked.read) == 500
    said = failing_command(attacked)
    assert "ValueError" in said
    assert "querying.py" in said
    attacked.change(f"UPDATE account SET last_seen_at = '{SEEN}'")
    attacked.change(
        "INSERT INTO journal_entry (workspace_id, channel, call, received_at, events, body) "
        f"VALUES (1, 'segment', 'track', '{MARK}', 1, '{{}}')",
        attacked.journal,
    )
    eventually("a job fails", attacked.failures)
    attacked.change(f"DELETE FROM journal_entry WHERE received_at = '{MARK}'", attacked.journal)
    assert all("ValueError" in failure for failure in attacked.failures())
    assert "a request failed" in attacked.log()
    assert "a stage failed" in attacked.log()


def failing_command(attacked: Attacked) -> str:
    """What a command says that fails for what is in the state."""
    command = subprocess.run(
        [PQL, "accounts", "--workspace", WORKSPACE],
        env=attacked.service.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert command.returncode == 1
    assert MARK not in command.stdout + command.stderr
    return command.stderr


def lose_a_table(attacked: Attacked) -> None:
    journal = attacked.journal
    attacked.change("ALTER TABLE journal_entry RENAME TO gone", journal)
    assert attacked.send_event() == 503
    eventually("a job cannot run", lambda: "a job could not be recorded" in attacked.log())
    attacked.change("ALTER TABLE gone RENAME TO journal_entry", journal)
    attacked.change("ALTER TABLE lead RENAME TO gone")
    assert attacked.send("/api/v1/leads", **attacked.read) == 503
    attacked.change("ALTER TABLE gone RENAME TO lead")
    assert "no such table: lead" in attacked.log()


def fill_the_disk(attacked: Attacked) -> None:
    processes = descendants(attacked.service.process.pid)
    before = [resource.prlimit(each, resource.RLIMIT_FSIZE) for each in processes]
    for each, (_, most) in zip(processes, before, strict=True):
        resource.prlimit(each, resource.RLIMIT_FSIZE, (DISK_BYTES, most))
    try:
        assert attacked.send_event(MARK * 100_000) == 503
    finally:
        for each, limits in zip(processes, before, strict=True):
            resource.prlimit(each, resource.RLIMIT_FSIZE, limits)


def damage_the_state(attacked: Attacked) -> None:
    attacked.state_file.write_bytes(MARK.encode() * 2_000)
    assert "file is not a database" in failing_command(attacked)


def descendants(process_id: int) -> list[int]:
    children = children_of(process_id)
    return [each for child in children for each in (child, *descendants(child))]

"""A full disk and a lost database: intake asks to try again, and nothing acknowledged is lost."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from pql.events.duckdb_store import DuckDBEventStore
from pql.settings import Settings
from pql.state.migrate import migrate
from pql.state.store import State
from routes.application import create_app
from routes.service import Service
from tests.fixtures.loading import Loading, track
from tests.fixtures.postgres import own_server
from tests.fixtures.web import Member, make_member

MEBIBYTE = 1024 * 1024


@dataclass
class Sender:
    """Sends as an SDK does: what was not acknowledged is sent again as it was."""

    client: FlaskClient
    member: Member
    acknowledged: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def send(self, message_id: str, *, padding: int = 10) -> int:
        event = track(message_id, properties={"text": "x" * padding})
        headers = self.member.bearer("write")
        answer = self.client.post("/v1/batch", json={"batch": [event]}, headers=headers)
        if answer.status_code == 503:
            assert answer.headers["Retry-After"] == "5"
            assert set(answer.get_json()) == {"code", "message"}
        kept = self.acknowledged if answer.status_code == 200 else self.refused
        kept.append(message_id)
        return answer.status_code

    def send_refused_again(self) -> None:
        again, self.refused = self.refused, []
        for message_id in again:
            assert self.send(message_id) == 200


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """The folder of a file system of 16 mebibytes."""
    folder = tmp_path / "small"
    folder.mkdir()
    if os.geteuid() != 0:
        pytest.skip("only root may mount a small file system")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", folder],
        check=False,
        capture_output=True,
    )
    if mounted.returncode:
        pytest.skip(f"no small file system can be mounted: {mounted.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def stored_ids(settings: Settings, state: State, workspace_id: int) -> list[str]:
    store = DuckDBEventStore(Path(settings.events_url.removeprefix("duckdb:///")))
    loading = Loading(state, store, settings, workspace_id, 0)
    while loading.load().events:
        pass
    found = sorted(loading.stored().index)
    store.close()
    return found


def test_a_full_disk_loses_nothing_that_was_acknowledged(
    small_disk: Path, sqlite_template: Path, events_url: str
) -> None:
    shutil.copytree(sqlite_template, small_disk, dirs_exist_ok=True)
    settings = Settings(f"sqlite:///{small_disk / 'state.sqlite3'}", events_url, secret_key="s")
    app = create_app(settings)
    service: Service = app.extensions["pql"]
    sender = Sender(app.test_client(), make_member(service.state, "owner"))
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(shutil.disk_usage(small_disk).free - MEBIBYTE))

    statuses = [sender.send(f"m{number:03}", padding=50_000) for number in range(40)]
    assert set(statuses) == {200, 503}
    assert sender.send("m040") in {200, 503}
    ballast.unlink()
    sender.send_refused_again()
    found = stored_ids(settings, service.state, sender.member.workspace_id)
    assert found == sorted(sender.acknowledged) == [f"m{number:03}" for number in range(41)]
    service.state.close()


def test_a_database_that_is_gone_and_comes_back_loses_nothing(tmp_path: Path) -> None:
    with own_server() as server:
        settings = Settings(
            server.url("postgres"), f"duckdb:///{tmp_path / 'events.duckdb'}", secret_key="s"
        )
        app = create_app(settings)
        service: Service = app.extensions["pql"]
        migrate(service.state)
        sender = Sender(app.test_client(), make_member(service.state, "owner"))
        assert sender.send("before") == 200
        with server.stopped():
            assert [sender.send(f"during{number}") for number in range(3)] == [503] * 3
            assert_api_and_pages_ask_to_wait(sender)
        sender.send_refused_again()
        assert sender.send("after") == 200
        assert sender.send("before") == 200
        found = stored_ids(settings, service.state, sender.member.workspace_id)
        assert found == ["after", "before", "during0", "during1", "during2"]
        service.state.close()


def assert_api_and_pages_ask_to_wait(sender: Sender) -> None:
    answer = sender.client.get("/api/v1/accounts", headers=sender.member.bearer())
    assert (answer.status_code, answer.content_type) == (503, "application/problem+json")
    assert answer.headers["Retry-After"] == "5"
    assert sender.client.get("/healthz").status_code == 200
    assert sender.client.get("/readyz").status_code == 503

"""A fault of the surroundings is one line on stderr with exit code 1, or 2 where usage is wrong."""

import os
import resource
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.command_line.conftest import Run, embedded, pql
from tests.command_line.test_errors import assert_one_line
from tests.fixtures.postgres_cluster import PostgresServer

__all__ = ["embedded", "pql"]  # fixtures

PASSWORD = "hunter2hunter2"
"""What must never be printed."""


def run(
    command: list[str], environment: Mapping[str, str], **options: Any
) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own."""
    piped = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options
    whole = {**os.environ, **environment}
    return subprocess.run(command, check=False, env=whole, text=True, **piped)


@pytest.mark.parametrize(
    ("environment", "parts"),
    [
        ({"DATABASE_URL": "foo"}, ["DATABASE_URL"]),
        ({"DATABASE_URL": "sqlite://"}, ["DATABASE_URL"]),
        ({"DATABASE_URL": "mysql://u:{password}@h/d"}, ["DATABASE_URL"]),
        ({"DATABASE_URL": "postgresql://u:{password}@h/d"}, ["DATABASE_URL", "+psycopg"]),
        ({"DATABASE_URL": "postgresql+psycopg://u:{password}@h:port/d"}, ["DATABASE_URL"]),
        ({"DATABASE_URL": "sqlite:////proc/self/status/x/state.db"}, ["/proc/self/status"]),
        ({"DATABASE_URL": "sqlite:////proc/nothing/state.db"}, ["/proc/nothing"]),
        ({"WEB_THREADS": "0"}, ["WEB_THREADS", "at least 1"]),
        ({"WEB_THREADS": "-1"}, ["WEB_THREADS"]),
        ({"WEB_PROCESSES": "100000"}, ["WEB_PROCESSES", "at most 256"]),
        ({"LEASE_SECONDS": "0"}, ["LEASE_SECONDS", "at least 0.5"]),
        ({"LEASE_SECONDS": "nan"}, ["LEASE_SECONDS"]),
        ({"LOAD_INTERVAL": "inf"}, ["LOAD_INTERVAL"]),
        ({"LATE_DAYS": "999999999999"}, ["LATE_DAYS", "at most 36,500"]),
        ({"BODY_LIMIT": "-5"}, ["BODY_LIMIT"]),
        ({"LOG_LEVEL": "loud"}, ["LOG_LEVEL", "debug"]),
        ({"LOG_FORMAT": "xml"}, ["LOG_FORMAT", "json"]),
        ({"SECRET_KEY_FILE": "/nonexistent"}, ["SECRET_KEY_FILE"]),
        ({"DATABASE_URL_FILE": "/proc"}, ["DATABASE_URL_FILE"]),
        ({"DATABASE_URL_FILE": sys.executable}, ["NAME_FILE"]),
    ],
)
def test_a_setting_that_cannot_be_is_named(
    pql: Run, environment: Mapping[str, str], parts: list[str]
) -> None:
    given = {name: value.format(password=PASSWORD) for name, value in environment.items()}
    result = pql("workspace", "list", **given)
    assert result.exit_code == 1
    assert_one_line(result.stderr, *parts)
    assert PASSWORD not in result.output


@pytest.mark.parametrize(
    "url",
    [
        "foo",
        "",
        "duckdb://",
        "postgresql://u:{password}@h/d",
        "duckdb:///{folder}/e?memory_limit=x",
    ],
)
def test_an_event_store_nobody_can_name_is_told(pql: Run, tmp_path: Path, url: str) -> None:
    pql("workspace", "create", "acme")
    events_url = url.format(password=PASSWORD, folder=tmp_path)
    result = pql("stats", "--workspace", "acme", EVENTS_URL=events_url)
    assert result.exit_code == 1
    assert_one_line(result.stderr, "EVENTS_URL")
    assert PASSWORD not in result.output


def test_postgresql_that_refuses_or_does_not_know_is_told_without_the_password(
    pql: Run, postgres_server: PostgresServer
) -> None:
    unknown = postgres_server.url("nosuchdatabase")
    for url in (unknown, f"postgresql+psycopg://pql:{PASSWORD}@127.0.0.1:1/pql"):
        result = pql("workspace", "list", DATABASE_URL=url)
        assert result.exit_code == 1
        assert_one_line(result.stderr, "DATABASE_URL")
        assert PASSWORD not in result.output


def test_an_event_store_that_another_program_holds_names_the_program(
    pql: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pql.events.opening.RESTART_SECONDS", 0.2)
    pql("workspace", "create", "acme")
    assert pql("stats", "--workspace", "acme").exit_code == 0
    script = f"""
import fcntl, sys
file = open({str(tmp_path / "events.duckdb")!r}, "r+b")
fcntl.lockf(file, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        result = pql("stats", "--workspace", "acme")
        assert result.exit_code == 1
        assert_one_line(result.stderr, "events.duckdb", f"process {holder.pid}", "python")
        holder.communicate()


@pytest.mark.parametrize(
    ("host", "family"), [("127.0.0.1", socket.AF_INET), ("::1", socket.AF_INET6)]
)
@pytest.mark.parametrize("command", ["serve", "web", "worker"])
def test_a_port_in_use_is_told(
    pql: Run, monkeypatch: pytest.MonkeyPatch, command: str, host: str, family: int
) -> None:
    monkeypatch.setattr("routes.ports.PORT_PATIENCE", 0.0)
    with socket.socket(family) as taken:
        taken.bind((host, 0))
        taken.listen(1)
        port = taken.getsockname()[1]
        result = pql(command, "--host", host, "--port", str(port))
    assert result.exit_code == 1
    assert_one_line(result.stderr, f"{host}", str(port), "another program")


@pytest.mark.parametrize("host", ["nosuchhost.invalid", "192.0.2.1", "x" * 80, "\u00e4" * 70])
def test_a_host_that_is_not_ours_is_told(pql: Run, host: str) -> None:
    result = pql("worker", "--host", host, "--port", "0")
    assert result.exit_code == 1
    assert_one_line(result.stderr, "not this machine's")


def test_a_port_beyond_the_highest_is_wrong_usage(pql: Run) -> None:
    assert pql("serve", "--port", "70000").exit_code == 2


def test_the_demonstration_tells_a_port_in_use(pql: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        result = pql("demo", "--port", str(taken.getsockname()[1]))
    assert result.exit_code == 1
    assert_one_line(result.stderr, "another program")


def test_a_disk_that_fills_while_migrating_is_told_and_can_be_done_again(
    embedded: Mapping[str, str],
) -> None:
    """A file that may not grow fails as a disk without room does."""

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    command = [sys.executable, "-m", "routes.command_line", "migrate"]
    limits: dict[str, Any] = {"preexec_fn": limit}
    failed = run(command, embedded, **limits)
    assert failed.returncode == 1
    assert_one_line(failed.stderr, "state.db", "disk")
    done = run(command, embedded)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("content", ["", "short", b"\xff\xfe" * 30])
@pytest.mark.parametrize("command", ["serve", "web"])
def test_a_key_that_is_none_signs_nothing(
    pql: Run, tmp_path: Path, command: str, content: str | bytes
) -> None:
    file = tmp_path / "secret-key"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    result = pql(command, "--port", "1")
    assert result.exit_code == 1
    assert_one_line(result.stderr, str(file), "delete it")


def test_files_that_cannot_be_read_or_written_are_told(pql: Run, tmp_path: Path) -> None:
    pql("workspace", "create", "acme")
    file = tmp_path / "file"
    file.write_text("")
    output = str(file / "below.yaml")
    result = pql("definitions", "export", "--workspace", "acme", "--output", output)
    assert result.exit_code == 1
    assert_one_line(result.stderr, output)
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text("accounts: {key: id}\n")
    arguments = ("import", "accounts", str(tmp_path), "--mapping", str(mapping))
    assert pql(*arguments, "--workspace", "acme").exit_code == 2


def test_who_stops_reading_is_told_nothing(embedded: Mapping[str, str], pql: Run) -> None:
    for number in range(3):
        pql("workspace", "create", f"acme{number}")
    command = [sys.executable, "-m", "routes.command_line", "workspace", "list"]
    reads, writes = os.pipe()
    os.close(reads)
    done = run(command, embedded, stdout=writes)
    os.close(writes)
    assert (done.returncode, done.stderr) == (1, "")


def test_an_interrupt_is_one_line(pql: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("routes.command_line.workspaces.opened_state", interrupted)
    result = pql("workspace", "list")
    assert result.exit_code == 130
    assert result.stderr == "Interrupted.\n"


def test_a_mistake_of_ours_keeps_its_stack(pql: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("routes.command_line.workspaces.opened_state", wrong)
    failed = pql("workspace", "list")
    assert failed.exit_code == 1
    assert "test_one_line.py" in failed.stderr
    assert "ZeroDivisionError" in failed.stderr

"""`pql serve`, `pql web` and `pql worker` as processes: started, killed, ended."""

import os
import re
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path

import pytest

from benchmarks.service import (
    PATIENCE,
    PQL,
    Service,
    children_of,
    eventually,
    free_port,
    running_service,
)
from routes.endings import Ending
from routes.ports import Address
from routes.supervising import CannotStart, Child, supervise

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """`pql serve` on the embedded default."""
    with running_service(tmp_path_factory.mktemp("supervised")) as running:
        yield running


def named(service: Service, command: str) -> int | None:
    """The process id of the child that runs `pql web` or `pql worker`."""
    for child in children_of(service.process.pid):
        if command in Path(f"/proc/{child}/cmdline").read_text().split("\0"):
            return child
    return None


@pytest.mark.parametrize("command", ["web", "worker"])
def test_a_killed_child_is_started_again(service: Service, command: str) -> None:
    killed = eventually("it runs", lambda: named(service, command))
    os.kill(killed, signal.SIGKILL)
    eventually("another runs", lambda: named(service, command) not in {None, killed})
    eventually("the service answers", Address("127.0.0.1", service.port).is_ready)
    assert "started again" in service.log()


def test_sigterm_ends_both(tmp_path: Path) -> None:
    with running_service(tmp_path) as service:
        children = children_of(service.process.pid)
        assert len(children) == 2
        assert service.stop() == 0
        assert not any(Path(f"/proc/{child}").exists() for child in children)


def test_a_child_that_cannot_start_ends_the_others(
    embedded: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in embedded.items():
        monkeypatch.setenv(name, value)
    worker = Child("worker", [])
    with pytest.raises(CannotStart, match="web could not start"):
        supervise([worker, Child("web", ["--unheard-of"])], Ending(), lambda: False, lambda: None)
    assert worker.process is not None
    assert worker.process.returncode is not None


@pytest.mark.parametrize("command", ["serve", "web", "worker"])
def test_a_port_that_is_taken_is_named(
    service: Service, embedded: Mapping[str, str], command: str
) -> None:
    ended = subprocess.run(
        [PQL, command, "--port", str(service.port)],
        env={**os.environ, **embedded},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert ended.returncode == 1
    assert f"cannot listen on 127.0.0.1:{service.port}" in ended.stderr
    assert ended.stdout == ""


@contextmanager
def running(environment: Mapping[str, str], *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A `pql` process of its own, ended with the block."""
    with subprocess.Popen(
        [PQL, *arguments], env={**os.environ, **environment}, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.terminate()
            process.wait(PATIENCE)


def answer(port: int, path: str) -> int:
    with closing(HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as connection:
        connection.request("GET", path)
        return connection.getresponse().status


def test_a_worker_alone_migrates_the_embedded_default_and_answers_that_it_lives(
    embedded: Mapping[str, str],
) -> None:
    with running(embedded, "worker", "--host", "127.0.0.1", "--port", "0") as worker:
        assert worker.stdout is not None
        said = re.fullmatch(r"Alive: http://127\.0\.0\.1:(\d+)/healthz\n", worker.stdout.readline())
        assert said is not None
        port = int(said[1])
        assert (answer(port, "/healthz"), answer(port, "/")) == (200, 404)
    assert worker.returncode == 0


def test_web_and_worker_started_at_once_share_the_embedded_default(
    embedded: Mapping[str, str],
) -> None:
    port = free_port()
    with (
        running(embedded, "web", "--host", "127.0.0.1", "--port", str(port)) as web,
        running(embedded, "worker", "--port", "0") as worker,
    ):
        assert worker.stdout is not None
        assert worker.stdout.readline().startswith("Alive: ")
        eventually("the web is ready", Address("127.0.0.1", port).is_ready)
        assert (web.poll(), worker.poll()) == (None, None)

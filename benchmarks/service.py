"""The service as a user starts it: `pql serve` in a process of its own, its stores in a folder."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PQL = Path(sys.executable).parent / "pql"
SERVICE_PORTS = 10_000, 32_768
"""Below those that Linux gives to clients."""
PATIENCE = 120.0
"""Seconds that anything may take before we call it broken."""


class ServiceFailed(AssertionError):
    """The service did not do in time what it should; the text ends with what it logged."""


@dataclass
class Service:
    """A service that runs, or has been stopped. Its commands work either way."""

    folder: Path
    environment: Mapping[str, str]
    port: int
    _process: subprocess.Popen[bytes] | None = None

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The process of `pql serve`, the parent of web and worker."""
        if self._process is None:
            raise ServiceFailed("the service was not started")
        return self._process

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and wait until it says that it is ready."""
        output, log = self.folder / "service.out", self.folder / "service.log"
        with output.open("w") as written, log.open("a") as logged:
            self._process = subprocess.Popen(
                [PQL, "serve", "--port", str(self.port)],
                env=self.environment,
                stdout=written,
                stderr=logged,
            )
        eventually("`pql serve` is ready or ended", lambda: output.read_text() or self.has_ended())
        if self.has_ended():
            raise ServiceFailed(f"`pql serve` ended\n{self.log()}")

    def has_ended(self) -> bool:
        """Whether the process is over."""
        return self.process.poll() is not None

    def stop(self) -> int:
        """End it as an operator does; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)

    def end(self) -> None:
        """Leave nothing running, whatever happened before."""
        if self.has_ended():
            return
        try:
            self.stop()
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def run(self, *arguments: str | Path) -> str:
        """What a `pql` command prints."""
        done = subprocess.run(
            [PQL, *arguments], env=self.environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise ServiceFailed(f"pql {arguments[0]} failed: {done.stderr}")
        return done.stdout

    def create_key(self, workspace: str, scope: str) -> str:
        """A new key of the workspace."""
        said = self.run("keys", "create", "--workspace", workspace, "--scope", scope, "--json")
        return str(json.loads(said)["key"])

    def stats(self, workspace: str) -> dict[str, int]:
        """The counts of `pql stats`."""
        counts: dict[str, int] = json.loads(self.run("stats", "--workspace", workspace, "--json"))
        return counts

    def log(self) -> str:
        """The end of what the service logged."""
        return (self.folder / "service.log").read_text()[-4_000:]


@contextmanager
def running_service(folder: Path, **settings: str) -> Iterator[Service]:
    """`pql serve` on a free port until the block ends. `settings` are environment variables."""
    stores = {
        "DATABASE_URL": f"sqlite:///{folder / 'state.db'}",
        "EVENTS_URL": f"duckdb:///{folder / 'events.duckdb'}",
    }
    service = Service(folder, {**os.environ, **stores, **settings}, free_port())
    if "postgresql" in service.environment["DATABASE_URL"]:
        service.run("migrate")
    try:
        service.start()
        yield service
    finally:
        service.end()


def eventually(what: str, condition: Callable[[], Any], patience: float = PATIENCE) -> Any:
    """The first result of `condition` that is true, asked for again and again.

    Raises:
        ServiceFailed: there was none within `patience` seconds.
    """
    deadline = time.monotonic() + patience
    while not (result := condition()):
        if time.monotonic() > deadline:
            raise ServiceFailed(f"not within {patience:g} s: {what}; last result: {result!r}")
        time.sleep(0.05)
    return result


def free_port() -> int:
    """A port of the loopback address that nobody has, and that the system gives no client.

    While a service is down, a client that tries again could be given its very port, and keep it.
    """
    while True:
        port = random.SystemRandom().randrange(*SERVICE_PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def is_gone(process_id: int) -> bool:
    """Whether a process has ended, and all that it had open is closed."""
    with suppress(FileNotFoundError, ProcessLookupError):
        state = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0]
        return state in {"Z", "X"}
    return True


def children_of(process_id: int) -> list[int]:
    """The processes that this one started and that still run; none where it has ended itself."""
    listed = Path(f"/proc/{process_id}/task/{process_id}/children")
    with suppress(FileNotFoundError, ProcessLookupError):
        return [int(child) for child in listed.read_text().split()]
    return []

"""A service of the demonstration's own: `pql serve` on stores in a scratch folder."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pql.private_files import make_folder
from pql.settings import Settings, environment_of
from routes.ports import Address

HOST = "127.0.0.1"
PATIENCE = 60.0
"""Seconds that the service may take to start, and to end."""

LINES_SHOWN = 20

DAYS_PLAYED = 3_650
"""The demonstration sends months of history as if it were live."""


class ServiceFailed(Exception):
    """The service, or a command, ended with an error; the message has its last words."""


@dataclass(frozen=True, slots=True)
class Service:
    """A running service and how to reach it."""

    settings: Settings
    url: str

    def command(self, *arguments: str) -> str:
        """What a `pql` command prints when it works on the service's stores.

        Raises:
            ServiceFailed: it failed.
        """
        done = subprocess.run(  # noqa: S603 - our own program, with our own arguments
            [sys.executable, "-m", "routes.command_line", *arguments],
            env=environment_of(self.settings),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise ServiceFailed(f"pql {' '.join(arguments)}: {done.stderr.strip()}")
        return done.stdout

    def create_key(self, workspace: str, scope: str) -> str:
        """A new key of the workspace."""
        printed = self.command(
            "keys", "create", "--workspace", workspace, "--scope", scope, "--json"
        )
        key: str = json.loads(printed)["key"]
        return key


@contextmanager
def running_service(folder: Path, port: int | None) -> Iterator[Service]:
    """Start `pql serve` in the folder, and stop it when the block ends.

    Raises:
        PortTaken: another program has the port.
        ServiceFailed: it did not become ready.
        OSError: the folder cannot be made.
    """
    address = Address(HOST, port or free_port())
    address.wait_until_free()
    make_folder(folder)
    settings = Settings(
        database_url=f"sqlite:///{folder / 'state.db'}",
        events_url=f"duckdb:///{folder / 'events.duckdb'}",
        late_days=DAYS_PLAYED,
        log_level="warning",
    )
    log = folder / "service.log"
    with log.open("w") as output:
        process = _start(settings, address, output.fileno())
        try:
            _wait_until_ready(process, address, log)
            yield Service(settings, f"http://{address}")
        finally:
            process.terminate()
            process.wait(PATIENCE)


def free_port() -> int:
    """A port on which nobody listens now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _start(settings: Settings, address: Address, output: int) -> subprocess.Popen[bytes]:
    where = ["--host", address.host, "--port", str(address.port)]
    # A session of its own: an interrupt at the keyboard reaches us, and we end the service.
    return subprocess.Popen(  # noqa: S603 - our own program, with our own arguments
        [sys.executable, "-m", "routes.command_line", "serve", *where],
        env=environment_of(settings),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        start_new_session=True,
    )


def _wait_until_ready(process: subprocess.Popen[bytes], address: Address, log: Path) -> None:
    give_up_at = time.monotonic() + PATIENCE
    while not address.is_ready():
        if process.poll() is not None or time.monotonic() > give_up_at:
            last_words = "\n".join(log.read_text().splitlines()[-LINES_SHOWN:])
            raise ServiceFailed(f"the service did not start:\n{last_words}")
        time.sleep(0.1)

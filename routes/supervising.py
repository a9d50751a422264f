"""Web and worker as two processes of one command: restarted when they die, ended together."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog

from pql.faults import PlainError
from routes.endings import Ending

log = structlog.get_logger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0
STEADY_AFTER = 10.0
"""Seconds after which a process counts as started: the next pause is the shortest again."""

TICK = 0.1
PATIENCE_AT_THE_END = 20.0
"""Seconds between SIGTERM and SIGKILL: longer than a request or a stage takes."""


class CannotStart(PlainError):
    """A process ended by itself as soon as it was started; it has said why."""

    def __init__(self, name: str, code: int) -> None:
        super().__init__(f"{name} could not start (exit code {code}); its message is above")


@dataclass
class Child:
    """One process, and what is known about its life."""

    name: str
    arguments: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    starts: int = 0
    pause: float = FIRST_PAUSE
    restart_at: float = field(default=0.0)

    def start(self) -> None:
        """Start it. It holds the other end of a pipe, and so ends when we do."""
        command = [sys.executable, "-m", "routes.command_line", self.name, *self.arguments]
        # A session of its own: an interrupt at the keyboard reaches it through us, once.
        self.process = subprocess.Popen(  # noqa: S603 - our own program, with our own arguments
            [*command, "--until-parent-ends"], stdin=subprocess.PIPE, start_new_session=True
        )
        self.started_at = time.monotonic()
        self.starts += 1

    def look_after(self, has_served: bool) -> None:
        """Start it again if it died, after a pause that doubles while it keeps dying.

        Raises:
            CannotStart: it gave up by itself (it was not killed) right after its first start, and
                before the service was ready.
        """
        now = time.monotonic()
        if self.process is None:
            if now >= self.restart_at:
                self.start()
        elif (code := self.process.poll()) is not None:
            self._note_death(code, now, has_served)

    def stop(self, deadline: float) -> None:
        """Wait for it to end after SIGTERM; kill it after `deadline` (monotonic seconds)."""
        if self.process is None:
            return
        try:
            self.process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            log.warning("a process did not end in time and is killed", process=self.name)
            self.process.kill()
            self.process.wait()
        self._close_pipe()

    def send(self, number: int) -> None:
        """Pass a signal on."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)

    def _note_death(self, code: int, now: float, has_served: bool) -> None:
        self._close_pipe()
        lived = now - self.started_at
        if code > 0 and self.starts == 1 and lived < STEADY_AFTER and not has_served:
            raise CannotStart(self.name, code)
        self.pause = FIRST_PAUSE if lived > STEADY_AFTER else min(2 * self.pause, LONGEST_PAUSE)
        self.restart_at = now + self.pause
        self.process = None
        log.warning("a process ended and is started again", process=self.name, code=code)

    def _close_pipe(self) -> None:
        if self.process is not None and self.process.stdin is not None:
            self.process.stdin.close()


def supervise(
    children: Sequence[Child],
    ending: Ending,
    is_ready: Callable[[], bool],
    announce: Callable[[], None],
) -> None:
    """Run the children until it is time to end; announce once that they are ready.

    Raises:
        CannotStart: a child ended by itself right after the start. The others are ended too.
    """
    announced = False
    try:
        while not ending.wait(TICK):
            for child in children:
                child.look_after(announced)
            if not announced and is_ready():
                announced = True
                announce()
    finally:
        deadline = time.monotonic() + PATIENCE_AT_THE_END
        for child in children:
            child.send(signal.SIGTERM)
        for child in children:
            child.stop(deadline)

"""The job that has analyses done: each by a process of its own, one after the other.

So heavy libraries and their memory stay out of the worker, cancelling is ending a process, and one
that crashes takes nothing with it. The process asks the event store through its owner, the worker.
"""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from pql import analyses
from pql.analyses import Claim
from pql.settings import environment_of
from routes.clock.work import Work

PROGRAM = (sys.executable, "-m", "routes.command_line", "analyse")
"""What is started, with the numbers of the analysis and of the attempt."""

TICK = 0.25
PATIENCE = 5.0
"""Seconds between SIGTERM and SIGKILL."""


def run_analyses(work: Work, now: datetime, program: Sequence[str] = PROGRAM) -> str:
    """Have every analysis done that waits. What a worker before us left behind is put back."""
    with work.state.writing() as session:
        work.fence(session)
        analyses.recover(session, now)
    ended: Counter[str] = Counter()
    while not work.ending.is_set() and (claim := _claim(work)) is not None:
        with _process(work, claim, program) as process:
            ended[_attend(work, claim, process)] += 1
    return ", ".join(f"{count} {how}" for how, count in ended.items())


def _claim(work: Work) -> Claim | None:
    with work.state.writing() as session:
        work.fence(session)
        return analyses.claim_next(session, work.clock())


@contextmanager
def _process(work: Work, claim: Claim, program: Sequence[str]) -> Iterator[subprocess.Popen[bytes]]:
    """The process that does it, ended with the block. It ends by itself when the worker does."""
    with subprocess.Popen(  # noqa: S603 - our own program, with our own arguments
        [*program, str(claim.analysis_id), str(claim.attempt)],
        env=environment_of(work.settings),
        stdin=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            _stop(process)


def _attend(work: Work, claim: Claim, process: subprocess.Popen[bytes]) -> str:
    """Wait for its end, or for a reason to end it; what came of it in a word."""
    while process.poll() is None:
        if work.ending.wait(TICK):
            _stop(process)
            return _put_back(work, claim)
        with work.state.reading() as session:
            if not analyses.is_held(session, claim):
                break
    _stop(process)  # one that was cancelled; one that has ended stays ended
    with work.state.writing() as session:
        work.fence(session)
        crashed = analyses.fail(session, claim, _how_it_ended(process.returncode), work.clock())
    return "crashed" if crashed else "ended"


def _put_back(work: Work, claim: Claim) -> str:
    with work.state.writing() as session:
        work.fence(session)
        analyses.give_back(session, claim)
    return "put back"


def _how_it_ended(code: int) -> str:
    how = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
    return f"its process {how} before it was done; the worker's log may tell why"


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()

"""Attackers in a process of their own: what they need of memory and processor is not the service's.

It is given its orders on its standard input and tells what was answered on its standard output,
both pickled. It ends when the file that `until` names is gone, or when its time is over.
"""

from __future__ import annotations

import os
import pickle
import random
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.hostile.answers import Answers
from benchmarks.hostile.attacks.attacker import Attack, Attacker
from benchmarks.hostile.attacks.table import FLOOD_ALONE, MIX
from benchmarks.hostile.target import ANSWER_WITHIN, Target, Workspace

MEMORY = 4 * 1024**3
"""Bytes of address space that attackers may have."""
COURTESY = 10
"""Of the processor they share with the service they get what it does not need."""
PAUSE_AFTER_ERROR = 1.0


@dataclass(frozen=True, slots=True)
class Orders:
    """Whom to attack from which workspaces, until a file is gone, and no longer than `seconds`."""

    port: int
    workspaces: Mapping[str, Workspace]
    seed: int
    until: str
    seconds: float
    is_flood: bool


@dataclass
class Attacking:
    """The process of the attackers."""

    process: subprocess.Popen[bytes]
    until: Path

    def end(self) -> Answers:
        """Tell them to end; what they were answered."""
        self.until.unlink(missing_ok=True)
        said, _ = self.process.communicate(timeout=2 * ANSWER_WITHIN)
        answers: Answers = pickle.loads(said)  # noqa: S301 - our own process wrote it
        return answers


@contextmanager
def attacking(folder: Path, orders: Orders) -> Iterator[Attacking]:
    """Attack until `end` is called; nobody is left when the block ends."""
    until = folder / orders.until
    until.touch()
    with (folder / "attackers.log").open("a") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.hostile.attacking"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            cwd=Path(__file__).parents[2],
        )
    try:
        if process.stdin is not None:
            pickle.dump(replace(orders, until=str(until)), process.stdin)
            process.stdin.flush()
        yield Attacking(process, until)
    finally:
        until.unlink(missing_ok=True)
        if process.poll() is None:
            process.kill()
            process.wait()


def attack(orders: Orders) -> Answers:
    """Every attack in a thread of its own."""
    target, ended = Target(orders.port), threading.Event()
    table = FLOOD_ALONE if orders.is_flood else MIX
    threads = [
        threading.Thread(
            target=_repeat,
            args=(each, Attacker(target, orders.workspaces[name], _dice(orders, each), ended)),
            daemon=True,
        )
        for name, attacks in table.items()
        for each in attacks
    ]
    for thread in threads:
        thread.start()
    over_at = time.monotonic() + orders.seconds
    while Path(orders.until).exists() and time.monotonic() < over_at:
        time.sleep(0.2)
    ended.set()
    last = time.monotonic() + ANSWER_WITHIN
    for thread in threads:
        thread.join(max(0.0, last - time.monotonic()))
    return target.answers


def _repeat(attack_: Attack, attacker: Attacker) -> None:
    for step in range(attack_.most):
        try:
            attack_.do(replace(attacker, step=step))
            attacker.target.answers.done(attack_.name)
        except (OSError, MemoryError) as error:
            attacker.target.answers.done(f"{attack_.name}: {type(error).__name__}")
            attacker.ended.wait(PAUSE_AFTER_ERROR)
        if attacker.ended.wait(attack_.pause):
            return


def _dice(orders: Orders, attack_: Attack) -> random.Random:
    return random.Random(f"{orders.seed} {attack_.name}")


def main() -> None:
    """Read the orders, attack, tell."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    os.nice(COURTESY)
    orders: Orders = pickle.load(sys.stdin.buffer)  # noqa: S301 - our own process wrote it
    said = pickle.dumps(attack(orders))
    sys.stdout.buffer.write(said)
    sys.stdout.flush()
    os._exit(0)  # threads that still wait for an answer get none


if __name__ == "__main__":
    main()

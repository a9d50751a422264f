"""A run: quiet, then hostile, then with accidents as well, and what is left when it is over."""

from __future__ import annotations

import os
import random
import resource
import signal
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from benchmarks.crash import POSTGRESQL, PROCESSES, find_process
from benchmarks.hostile.attacking import Orders, attacking
from benchmarks.hostile.attacks.table import WORKSPACES
from benchmarks.hostile.counting import count, count_each, opened_state, settle, stored_twice
from benchmarks.hostile.memory import Memory, family, watched
from benchmarks.hostile.outcome import Meeting, Outcome, Waits
from benchmarks.hostile.target import Target, Workspace
from benchmarks.hostile.victim import Victim
from benchmarks.intake.servers import create_database, running_postgres
from benchmarks.service import Service, ServiceFailed, eventually, running_service
from pql.access import ADMIN, WRITE, create_key
from pql.workspaces import create_workspace

DEFINITIONS = Path(__file__).parent / "definitions.yaml"
VICTIM = "victim"
SERVICE_MEMORY = 8 * 1024**3
"""Bytes of address space of each process of the service: what explodes ends there."""
BETWEEN_ACCIDENTS = 15.0
LONGEST_ACCIDENTS = 1_200.0
TELL_EVERY = 60.0
EARLY, LATE = (0.15, 0.35), (0.8, 1.0)
"""Shares of the hostile time whose usual memory is compared."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How long, how often, and on what. `settle` is how long what waits may take in the end."""

    minutes: float
    database: str
    seed: int
    kills: int = 4
    settle: float = 900.0
    is_flood: bool = False

    @property
    def quiet_seconds(self) -> float:
        """A sixth of the time, between twenty seconds and three minutes."""
        return min(180.0, max(20.0, self.minutes * 10))

    @property
    def hostile_seconds(self) -> float:
        """The rest of the time, without accidents."""
        return max(20.0, self.minutes * 60 - self.quiet_seconds)


def run(folder: Path, plan: Plan, say: Callable[[str], None]) -> Outcome:
    """Run on one kind of database; PostgreSQL gets a cluster of its own."""
    folder.mkdir(exist_ok=True)
    if plan.database != POSTGRESQL:
        return _run(folder, plan, say)
    with running_postgres() as cluster:
        return _run(folder, plan, say, DATABASE_URL=create_database(cluster, "hostile"))


def _run(folder: Path, plan: Plan, say: Callable[[str], None], **settings: str) -> Outcome:
    with running_service(folder, **settings) as service:
        _limit_memory(service)
        victim = _sign_up(service, f"seed-{plan.seed}")
        others = _workspaces(service, WORKSPACES)
        with watched(service) as memory:
            met = _meet(service, folder, plan, victim, others, memory, say)
            say("what waits is worked off")
            is_settled = settle(service, [victim.workspace, *others.values()], plan.settle)
        service.stop()
        sent = met.answers.events
        counts = {name: count(service, each, sent[name]) for name, each in others.items()}
        counts[VICTIM] = count_each(service, victim.workspace, victim.acknowledged)
        return Outcome(met, memory, counts, stored_twice(service), is_settled)


def _meet(  # noqa: PLR0917 - who meets whom, where, for how long, and who watches
    service: Service,
    folder: Path,
    plan: Plan,
    victim: Victim,
    others: Mapping[str, Workspace],
    memory: Memory,
    say: Callable[[str], None],
) -> Meeting:
    longest = plan.hostile_seconds + LONGEST_ACCIDENTS
    orders = Orders(service.port, others, plan.seed, "attacking", longest, plan.is_flood)
    with victim.running():
        quiet = _phase("quiet", plan.quiet_seconds, victim, memory, say)
        first_look = memory.looks()
        with attacking(folder, orders) as attackers:
            hostile = _phase("hostile", plan.hostile_seconds, victim, memory, say)
            early, late = (memory.usual(*part, first_look) for part in (EARLY, LATE))
            killed = _kill(service, plan, say)
            afterwards = Waits.of(victim.take_waits())
            answers = attackers.end()
    answers.merge(victim.target.answers)
    return Meeting(quiet, hostile, afterwards, killed, early, late, answers)


def _phase(
    name: str, seconds: float, victim: Victim, memory: Memory, say: Callable[[str], None]
) -> Waits:
    """Let it go on for so long, and tell each minute how it goes."""
    over_at = time.monotonic() + seconds
    while (left := over_at - time.monotonic()) > 0:
        time.sleep(min(TELL_EVERY, left))
        used = {role: round(seen[-1]) for role, seen in memory.seen.items()}
        arrived, left = len(victim.waits), max(0.0, over_at - time.monotonic())
        say(f"{name}: {left:.0f} s left, {arrived} events of the victim arrived, MiB {used}")
    return Waits.of(victim.take_waits())


def _kill(service: Service, plan: Plan, say: Callable[[str], None]) -> Mapping[str, int]:
    """Kill processes with SIGKILL, one after the other."""
    dice, killed = random.Random(plan.seed), Counter[str]()
    for _ in range(plan.kills):
        name = dice.choice(PROCESSES)
        with suppress(ProcessLookupError, ServiceFailed):  # what is gone is told by its absence
            os.kill(
                eventually(f"{name} runs", partial(find_process, service, name)), signal.SIGKILL
            )
            killed[name] += 1
        say(f"killed: {dict(killed)}")
        time.sleep(BETWEEN_ACCIDENTS)
    return killed


def _sign_up(service: Service, prefix: str) -> Victim:
    workspace = _workspaces(service, [VICTIM])[VICTIM]
    service.run("definitions", "apply", DEFINITIONS, "--workspace", VICTIM)
    victim = Victim(Target(service.port), workspace, prefix)
    victim.sign_up()
    eventually("every account has a motion", victim.all_small)
    return victim


def _workspaces(service: Service, names: Sequence[str]) -> Mapping[str, Workspace]:
    """New workspaces, each with a write key and an admin key."""
    made, now = {}, datetime.now(UTC)
    with opened_state(service) as state, state.writing() as session:
        for name in names:
            own = create_workspace(session, name, now).id
            _, write_key = create_key(session, own, "write", WRITE, now)
            _, admin_key = create_key(session, own, "admin", ADMIN, now)
            made[name] = Workspace(name, write_key, admin_key)
    return made


def _limit_memory(service: Service) -> None:
    """Children inherit it: also those that are started when one has died."""
    for each in family(service.process.pid):
        resource.prlimit(each, resource.RLIMIT_AS, (SERVICE_MEMORY, SERVICE_MEMORY))

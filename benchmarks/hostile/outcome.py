"""What came of it, and the figures that are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.hostile.answers import Answers
from benchmarks.hostile.memory import ALL, Memory
from benchmarks.results import Result

SLOWER = 3.0
"""How many times longer an event may take while others are hostile."""
WORKER_LIMIT = 1_024
"""MiB."""


@dataclass(frozen=True, slots=True)
class Waits:
    """Seconds from when events were due to be sent to their motions."""

    events: int
    median: float
    p99: float
    longest: float

    @classmethod
    def of(cls, waits: Sequence[float]) -> Waits:
        """Their figures; all are 0 where there were none."""
        if not waits:
            return cls(0, 0.0, 0.0, 0.0)
        middle, late = np.percentile(waits, [50, 99])
        return cls(len(waits), round(middle, 3), round(late, 3), round(max(waits), 3))

    def __str__(self) -> str:
        return (
            f"{self.events:,} events: median {self.median:.2f} s, p99 {self.p99:.2f} s, "
            f"longest {self.longest:.2f} s"
        )


@dataclass(frozen=True, slots=True)
class Count:
    """What became of the events of a workspace at the end."""

    acknowledged: int
    lost: int
    stats: Mapping[str, int]

    @property
    def adds_up(self) -> bool:
        """Whether the counts of `pql stats` say the same as one another."""
        fates = ("pending", "stored", "duplicates", "quarantined")
        return self.stats["journaled"] == sum(self.stats[fate] for fate in fates)


@dataclass(frozen=True, slots=True)
class Meeting:
    """What was seen while the honest and the hostile met. `killed` are processes, by name.

    `early` and `late` are MiB that all processes usually used near the begin and near the end.
    """

    quiet: Waits
    hostile: Waits
    with_accidents: Waits
    killed: Mapping[str, int]
    early: float
    late: float
    answers: Answers


@dataclass(frozen=True, slots=True)
class Outcome:
    """All that was measured."""

    met: Meeting
    memory: Memory
    counts: Mapping[str, Count]
    twice: int
    is_settled: bool

    @property
    def lost(self) -> int:
        """Events that were acknowledged and that nothing knows of."""
        return sum(each.lost for each in self.counts.values())

    @property
    def failed(self) -> int:
        """Answers 5xx, but 503 with a reason."""
        return sum(self.met.answers.failures.values())

    @property
    def acknowledged(self) -> int:
        """Events of all workspaces."""
        return sum(each.acknowledged for each in self.counts.values())

    @property
    def is_exact(self) -> bool:
        """Whether nothing is missing, there twice, or answered as it should not be."""
        adds_up = all(each.adds_up for each in self.counts.values())
        return self.is_settled and adds_up and not (self.lost or self.twice or self.failed)

    def __str__(self) -> str:
        met, answers = self.met, self.met.answers
        most = {role: round(max(seen)) for role, seen in self.memory.seen.items()}
        lines = [
            f"quiet: {met.quiet}",
            f"hostile: {met.hostile}",
            f"with accidents {dict(met.killed)}: {met.with_accidents}",
            f"most memory, MiB: {most}; usually {met.early:.0f} early, {met.late:.0f} late",
            f"answers: {answers.by_status()}; failures: {dict(answers.failures)}",
            *(f"  {body}" for body in answers.bodies),
            f"steps: {dict(answers.steps)}",
            f"acknowledged {self.acknowledged:,}, lost {self.lost}, twice {self.twice}, "
            f"settled: {self.is_settled}",
        ]
        lines += [
            f"  {name}: {'adds up' if count.adds_up else 'DOES NOT ADD UP'}, "
            f"lost {count.lost}, {dict(count.stats)}"
            for name, count in self.counts.items()
        ]
        return "\n".join(lines)


def results(outcomes: Sequence[Outcome]) -> list[Result]:
    """The figures over all databases: the worst of each, and all that is lost, twice or failed."""
    met = [each.met for each in outcomes]
    slowest = max(met, key=lambda each: each.hostile.p99 / max(each.quiet.p99, 0.001))
    longest = max(met, key=lambda each: each.hostile.longest)
    grown = max(met, key=lambda each: each.late / max(each.early, 1.0))
    acknowledged = max(1, sum(each.acknowledged for each in outcomes))
    answers = max(1, sum(sum(each.answers.counts.values()) for each in met))
    early = max(1, round(grown.early))
    return [
        _wait("hostile_wait_p99", slowest.hostile.p99, slowest.quiet.p99),
        _wait("hostile_wait_longest", longest.hostile.longest, longest.quiet.longest),
        Result("hostile_worker_memory", _most(outcomes, "worker"), "MiB", WORKER_LIMIT),
        Result("hostile_memory", _most(outcomes, ALL), "MiB", 2 * WORKER_LIMIT),
        Result("hostile_5xx", sum(each.failed for each in outcomes), "answers", answers),
        Result("hostile_lost", sum(each.lost for each in outcomes), "events", acknowledged),
        Result("hostile_twice", sum(each.twice for each in outcomes), "events", acknowledged),
        Result("hostile_memory_growth", round(grown.late), "MiB", early),
    ]


def flood_results(outcome: Outcome) -> list[Result]:
    """The figures of one key that floods."""
    met = outcome.met
    return [
        _wait("hostile_flood", met.hostile.p99, met.quiet.p99),
        Result("hostile_flood_memory", _most([outcome], "worker"), "MiB", WORKER_LIMIT),
    ]


def _wait(name: str, hostile: float, quiet: float) -> Result:
    """Held against how long it may be: three times what it is without."""
    return Result(name, hostile, "s", round(SLOWER * max(quiet, 0.001), 3))


def _most(outcomes: Sequence[Outcome], role: str) -> float:
    return round(max(each.memory.most(role) for each in outcomes))

"""What every attack is given."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from benchmarks.hostile.target import Target, Workspace


@dataclass(frozen=True, slots=True)
class Attacker:
    """Whom to attack, a workspace of its own, chance, and when to stop.

    `step` counts from 0; `learnt` is what an attack remembers from one step to the next.
    """

    target: Target
    workspace: Workspace
    dice: random.Random
    ended: threading.Event
    step: int = 0
    learnt: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Attack:
    """A kind of attack: one step, the seconds between two steps, and how many steps at most."""

    name: str
    do: Callable[[Attacker], object]
    pause: float
    most: int = 100_000

"""Times named steps of a program that runs as it is: each function that a step names is watched."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial, wraps
from typing import Any

Place = tuple[object, str]
"""A module or a class, and the name of a function in it."""


class Stopwatch:
    """Seconds of processor by step. What a step calls that is a step of its own counts there only.

    Those of all threads, so that nothing else may run in the process. `waited` is what went by
    besides: for the disk, or for a processor that others had.
    """

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self.waited = 0.0
        self._inner: list[float] = []

    @contextmanager
    def watching(self, steps: Mapping[str, Sequence[Place]]) -> Iterator[None]:
        """Watch the functions until the block ends."""
        before = [(*place, getattr(*place)) for places in steps.values() for place in places]
        for step, places in steps.items():
            for holder, name in places:
                setattr(holder, name, self._watched(step, getattr(holder, name)))
        try:
            yield
        finally:
            for holder, name, function in before:
                setattr(holder, name, function)

    def time(self, step: str, action: Callable[[], Any]) -> Any:
        """Do something as part of a step; returns what it returns."""
        self._inner.append(0.0)
        began, started = time.perf_counter(), time.process_time()
        try:
            return action()
        finally:
            used = time.process_time() - started
            self.seconds[step] += used - self._inner.pop()
            if self._inner:
                self._inner[-1] += used
            else:
                self.waited += time.perf_counter() - began - used

    def _watched(self, step: str, function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def watched(*arguments: Any, **named: Any) -> Any:
            return self.time(step, partial(function, *arguments, **named))

        return watched

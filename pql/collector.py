"""The cycle collector of the interpreter, out of the way."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_paused() -> Iterator[None]:
    """For work that makes and drops some hundred thousand objects and no cycles.

    The cycle collector would look through all of them again and again: a third of the time. Threads
    may pause it at the same time: it goes on when the first that found it on is done.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()

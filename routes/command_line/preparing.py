"""Sees to the state store for a process that then only watches others."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from pql.settings import Settings


def prepare_state(settings: Settings) -> None:
    """Open the state store once, as `opened_state` does, and raise what that raises.

    It happens in a process of its own: what is imported for it takes 50 MB, which end with it.
    """
    with ProcessPoolExecutor(1, get_context("fork")) as apart:
        apart.submit(_open, settings).result()


def _open(settings: Settings) -> None:
    # Imported here, so that only the process that ends has it.
    from pql.state.opening import opened_state  # noqa: PLC0415

    with opened_state(settings):
        pass

"""Sees to the stores for a process that then only watches others."""

from __future__ import annotations

import signal
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection

import structlog

from pql.faults import PlainError
from pql.settings import Settings

log = structlog.get_logger(__name__)


class PreparationEnded(PlainError):
    """The process that opens the state store was ended before it was done."""


def prepare_state(settings: Settings, *, looks_at_events: bool = False) -> None:
    """Open the state store once, as `opened_state` does, and raise what that raises.

    It happens in a process of its own: what is imported for it takes 50 MB, which end with it.

    Args:
        looks_at_events: also look whether the event store is the state's, with all it must hold:
            a child that cannot use it would end again and again.

    Raises:
        PreparationEnded: somebody ended that process.
    """
    context = get_context("fork")
    receives, sends = context.Pipe(duplex=False)
    apart = context.Process(target=_open, args=(settings, looks_at_events, sends))
    apart.start()
    sends.close()  # the other process has the only one now: if it ends, that is seen here
    try:
        error: Exception | None = receives.recv()
    except EOFError:
        error = PreparationEnded("the state store could not be opened: run it again")
    apart.join()
    if error is not None:
        raise error


def warn_of_open_files(settings: Settings) -> None:
    """Keep the installation's files from other users, and tell which of them stay open to them."""
    from pql.installed_files import keep_files_private  # noqa: PLC0415 - see `_open`

    for path in keep_files_private(settings):
        log.warning("other users can read this and it is not ours to close", path=str(path))


def _open(
    settings: Settings, looks_at_events: bool, tells: Connection[Exception | None, None]
) -> None:
    # Imported here, so that only the process that ends has it.
    from pql.state.opening import opened_state  # noqa: PLC0415
    from routes.secret_key import read_secret_key  # noqa: PLC0415

    # An interrupt at the keyboard reaches both: the one that asked says so.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    error: Exception | None = None
    try:
        warn_of_open_files(settings)
        with opened_state(settings) as state:
            read_secret_key(settings)
            if looks_at_events:
                from usage_ingest.store_check import check_event_store  # noqa: PLC0415

                check_event_store(settings, state)
    except Exception as found:  # noqa: BLE001 - whatever it is, it is told
        error = found
    with suppress(BrokenPipeError):  # whoever asked may have been killed
        tells.send(error)

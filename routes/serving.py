"""The web server: granian with threads, one application in each of its processes."""

from __future__ import annotations

import gc
import os
import resource
import signal
import threading
import time
from collections.abc import Callable
from functools import partial
from multiprocessing import parent_process
from typing import TYPE_CHECKING

import structlog
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server import Server

from pql.settings import Settings
from routes.connections import cut, limit_silence
from routes.endings import ENDING_SIGNALS, wake_for_endings
from routes.logging import set_up_logging
from routes.ports import Address
from routes.transfers import Transfers

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

GRACE = 10
"""Seconds that requests in progress are given when the server ends."""

log = structlog.get_logger(__name__)

KEEP_ALIVE = 75
"""Seconds: SDKs keep their connection between flushes; a closed one costs them a retry."""

BACKLOG = 2_048
"""Connections that the system keeps while all places are taken."""

OTHER_FILES = 256
"""Files that a process may have open besides the connections of its clients."""

LOOK_EVERY = 0.5
"""Seconds between two looks at what is late."""


def serve_web(settings: Settings, address: Address, on_start: Callable[[], None]) -> None:
    """Serve until SIGTERM or SIGINT, then finish the requests in progress.

    A process that dies is replaced; where they die again and again, this ends with exit code 1.

    Raises:
        PortTaken: the port did not become free in time.
    """
    address.wait_until_free()
    connections = _places(settings.web_connections)
    server = Server(
        "pql",
        address=address.number,
        port=address.port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=KEEP_ALIVE * 1000),
        websockets=False,
        workers=settings.web_processes,
        backlog=BACKLOG,
        backpressure=connections,
        blocking_threads=connections,
        respawn_failed_workers=True,
        respawn_interval=0,
        workers_kill_timeout=GRACE,
        log_level=LogLevels.error,  # it warns of threads that wait for the disk
        log_dictconfig=_ROOT_LOGS,
    )
    server.on_startup(on_start)
    server.on_startup(wake_for_endings)
    os.register_at_fork(after_in_child=_end_when_told)
    server.serve(target_loader=partial(_load, settings, address.port), wrap_loader=False)


_ROOT_LOGS = {
    "version": 1,
    "disable_existing_loggers": False,
    "loggers": {"_granian": {"propagate": True}},
}
"""Its records go to the root logger, which formats them like all others."""


def _places(wanted: int) -> int:
    """How many connections a process may have: those wanted, or what the system allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + OTHER_FILES
    allowed = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
    if soft != resource.RLIM_INFINITY and soft < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    return max(1, allowed - OTHER_FILES)


def _load(settings: Settings, port: int) -> WSGIApplication:
    """The application, made in each process of its own: connections are not shared.

    Nor is it imported where there is none: the server itself only watches its processes.
    """
    from routes.application import create_app  # noqa: PLC0415 - some hundred MB of libraries
    from routes.reception import Reception  # noqa: PLC0415 - as the application

    set_up_logging(settings)
    wake_for_endings()
    threading.Thread(target=_end_with_server, name="watch server", daemon=True).start()
    try:
        application = create_app(settings)
    except Exception as error:  # multiprocessing would print its message
        log.critical("the application cannot start", exc_info=error)
        raise SystemExit(1) from None
    gc.freeze()  # what is there now stays: looking through it again took a third of a long answer
    transfers = Transfers(settings.body_seconds)
    watch = partial(_watch, transfers, settings, port)
    threading.Thread(target=watch, name="watch transfers", daemon=True).start()
    return Reception(application, settings, transfers)


def _watch(transfers: Transfers, settings: Settings, port: int) -> None:
    """End what clients do too slowly, for ever."""
    while not limit_silence(port, settings.body_seconds):
        time.sleep(LOOK_EVERY)  # the server listens once it has the application
    while True:
        time.sleep(LOOK_EVERY)
        transfers.end_late(partial(cut, port), time.monotonic())


def _end_when_told() -> None:
    """A process starts with the server's handlers, by which a signal would end nobody."""
    for number in ENDING_SIGNALS:
        signal.signal(number, signal.SIG_DFL)


def _end_with_server() -> None:
    """A server that is killed cannot end its processes, and they would keep the port."""
    server = parent_process()
    if server is not None:
        server.join()
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(GRACE)
        os.kill(os.getpid(), signal.SIGKILL)

"""The web server: gunicorn with threads, on a port that is ours alone."""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Callable
from contextlib import suppress

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.config import Config
from gunicorn.glogging import Logger

from pql.settings import Settings
from routes.application import create_app

PORT_PATIENCE = 3.0
"""Seconds: the workers of a server that was killed hold its port until they notice."""

GRACE = 10
"""Seconds that requests in progress are given when the server ends."""

KEEP_ALIVE = 75
"""Seconds: SDKs keep their connection between flushes; a closed one costs them a retry."""


class PortTaken(Exception):
    """Another program listens there."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(
            f"port {port} of {host} cannot be used: another program listens there, or the address "
            "is not this machine's; stop that program or choose another --port"
        )


def serve_web(settings: Settings, host: str, port: int, on_ready: Callable[[], None]) -> None:
    """Serve until SIGTERM or SIGINT, then finish the requests in progress.

    Raises:
        PortTaken: the port did not become free within `PORT_PATIENCE`.
    """
    wait_for_port(host, port)
    _Server(settings, host, port, on_ready).run()


def wait_for_port(host: str, port: int, patience: float = PORT_PATIENCE) -> None:
    """Return once the port can be listened on."""
    give_up_at = time.monotonic() + patience
    while not _is_free(host, port):
        if time.monotonic() > give_up_at:
            raise PortTaken(host, port)
        time.sleep(0.1)


def _is_free(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as attempt, suppress(OSError):
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        attempt.bind((host, port))
        attempt.listen(1)
        return True
    return False


class _Server(BaseApplication):  # type: ignore[misc]  # its stub leaves the constructor untyped
    """gunicorn without its configuration file: our settings are all there is."""

    def __init__(
        self, settings: Settings, host: str, port: int, on_ready: Callable[[], None]
    ) -> None:
        self._settings = settings
        self._address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        self._on_ready = on_ready
        super().__init__()

    def load_config(self) -> None:
        config: Config = self.cfg
        chosen = {
            "bind": self._address,
            "worker_class": "gthread",
            "workers": self._settings.web_processes,
            "threads": self._settings.web_threads,
            "keepalive": KEEP_ALIVE,
            "graceful_timeout": GRACE,
            "control_socket_disable": True,
            "loglevel": "warning",
            "logger_class": _JoinedLogger,
            "when_ready": lambda _arbiter: self._on_ready(),
        }
        for name, value in chosen.items():
            config.set(name, value)

    def load(self) -> Flask:
        """The application, made in each process after the fork: connections are not shared."""
        return create_app(self._settings)


class _JoinedLogger(Logger):  # type: ignore[misc]  # the same
    """Hands gunicorn's records to the root logger, which formats them like all others."""

    def setup(self, cfg: Config) -> None:
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True
        self.error_log.setLevel(logging.WARNING)

"""The web server: gunicorn with threads, one application in each of its processes."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.config import Config
from gunicorn.glogging import Logger

from pql.settings import Settings
from routes.application import create_app
from routes.ports import Address

GRACE = 10
"""Seconds that requests in progress are given when the server ends."""

KEEP_ALIVE = 75
"""Seconds: SDKs keep their connection between flushes; a closed one costs them a retry."""


def serve_web(settings: Settings, address: Address, on_ready: Callable[[], None]) -> None:
    """Serve until SIGTERM or SIGINT, then finish the requests in progress.

    Raises:
        PortTaken: the port did not become free in time.
    """
    address.wait_until_free()
    _Server(settings, address, on_ready).run()


class _Server(BaseApplication):
    """gunicorn without its configuration file: our settings are all there is."""

    def __init__(self, settings: Settings, address: Address, on_ready: Callable[[], None]) -> None:
        self._settings = settings
        self._address = str(address)
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

    def load(self) -> Any:
        """The application, made in each process after the fork: connections are not shared."""
        return create_app(self._settings)


class _JoinedLogger(Logger):
    """Hands gunicorn's records to the root logger, which formats them like all others."""

    def setup(self, cfg: Config) -> None:
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True
        self.error_log.setLevel(logging.WARNING)

"""What a request works with: what the application that serves it has, one of each."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import BoundedSemaphore

from flask import Flask, current_app

from pql.settings import Settings
from pql.state.store import State
from routes.wrong_keys import KeyFinder

DOWNLOADS = 2
"""Files that one process makes at once."""

DOWNLOAD = "pql.download"
"""In the environment of a request: its answer is made while it is taken, and may take long."""

_EXTENSION = "pql"


@dataclass(frozen=True, slots=True)
class Service:
    """One for each application, made by `create_app`."""

    state: State
    settings: Settings
    keys: KeyFinder
    downloads: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(DOWNLOADS))
    """Places for files that are made while they are taken."""


def attach_service(app: Flask, service: Service) -> None:
    """Give the application what its requests work with."""
    app.extensions[_EXTENSION] = service


def current_service() -> Service:
    """What the application that serves this request has."""
    service: Service = current_app.extensions[_EXTENSION]
    return service


def current_state() -> State:
    """The state store of the application that serves this request."""
    return current_service().state


def current_time() -> datetime:
    """The clock of the web side: everything below is told what time it is."""
    return datetime.now(UTC)

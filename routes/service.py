"""What a request works with: the state store and the settings of the application that serves it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from flask import Flask, current_app

from pql.settings import Settings
from pql.state.store import State

_EXTENSION = "pql"


@dataclass(frozen=True, slots=True)
class Service:
    """One for each application, made by `create_app`."""

    state: State
    settings: Settings


def attach_service(app: Flask, service: Service) -> None:
    """Give the application its store and settings."""
    app.extensions[_EXTENSION] = service


def current_service() -> Service:
    """The store and settings of the application that serves this request."""
    service: Service = current_app.extensions[_EXTENSION]
    return service


def current_state() -> State:
    """The state store of the application that serves this request."""
    return current_service().state


def current_time() -> datetime:
    """The clock of the web side: everything below is told what time it is."""
    return datetime.now(UTC)

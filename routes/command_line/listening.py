"""Options of the commands that listen, and of those that `pql serve` starts."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., None])

DEFAULT_HOST, DEFAULT_PORT = "127.0.0.1", 8000
HIGHEST_PORT = 65_535


def listening(command: Command) -> Command:
    """Where a command listens."""
    host = click.option("--host", default=DEFAULT_HOST, show_default=True, help="Where to listen.")
    port = click.option(
        "--port", default=DEFAULT_PORT, show_default=True, type=click.IntRange(1, HIGHEST_PORT)
    )
    return host(port(command))


# Set by `pql serve`, which holds the other end of standard input.
supervised = click.option("--until-parent-ends", is_flag=True, hidden=True)

"""`pql serve` and, apart, `pql web` and `pql worker`."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from typing import TypeVar

import click

from pql.settings import Settings
from pql.state.opening import opened_state
from routes.clock.worker import Worker
from routes.endings import Ending, end_with_parent
from routes.liveness import answering_life
from routes.ports import Address
from routes.serving import serve_web
from routes.supervising import Child, supervise

Command = TypeVar("Command", bound=Callable[..., None])

DEFAULT_HOST, DEFAULT_PORT = "127.0.0.1", 8000
HIGHEST_PORT = 65_535


def _listening(command: Command) -> Command:
    host = click.option("--host", default=DEFAULT_HOST, show_default=True, help="Where to listen.")
    port = click.option(
        "--port", default=DEFAULT_PORT, show_default=True, type=click.IntRange(1, HIGHEST_PORT)
    )
    return host(port(command))


# Set by `pql serve`, which holds the other end of standard input.
_supervised = click.option("--until-parent-ends", is_flag=True, hidden=True)


@click.command()
@_listening
@click.pass_obj
def serve(settings: Settings, host: str, port: int) -> None:
    """Run web and worker on this machine, and start again what dies."""
    with opened_state(settings):
        ending = Ending()
        ending.listen()
    address = Address(host, port)
    address.wait_until_free()  # or another's answer would be taken for our web process's
    children = [Child("web", ["--host", host, "--port", str(port)]), Child("worker", [])]
    supervise(
        children, ending, address.is_ready, lambda: click.echo(f"Ready: http://{address.reached}")
    )


@click.command()
@_listening
@_supervised
@click.pass_obj
def web(settings: Settings, host: str, port: int, until_parent_ends: bool) -> None:
    """Serve HTTP: intake, API and pages. Any number of these may run."""
    with opened_state(settings):
        pass  # connections do not outlive a fork, so the server's processes open it again
    on_start = end_with_parent if until_parent_ends else lambda: None
    serve_web(settings, Address(host, port), on_start)


@click.command()
@click.option("--host", default=DEFAULT_HOST, show_default=True, help="Where to answer /healthz.")
@click.option(
    "--port",
    type=click.IntRange(0, HIGHEST_PORT),
    help="Answer GET /healthz on this port; 0 takes a free one. Left out: nothing listens.",
)
@_supervised
@click.pass_obj
def worker(settings: Settings, host: str, port: int | None, until_parent_ends: bool) -> None:
    """Load events, evaluate accounts and keep the clock. A second one waits to take over."""
    ending = Ending()
    ending.listen()
    if until_parent_ends:
        end_with_parent()
    with ExitStack() as closing, opened_state(settings) as state:
        if port is not None:
            address = closing.enter_context(answering_life(Address(host, port)))
            click.echo(f"Alive: http://{address.reached}/healthz")
        Worker(settings, state, ending).run()

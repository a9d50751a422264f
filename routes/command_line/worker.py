"""`pql worker`: loads, evaluates and keeps the clock."""

from __future__ import annotations

from contextlib import ExitStack

import click

from pql.settings import Settings
from pql.state.opening import opened_state
from routes.clock.worker import Worker
from routes.command_line.listening import DEFAULT_HOST, HIGHEST_PORT, supervised
from routes.command_line.preparing import warn_of_open_files
from routes.endings import Ending, end_with_parent
from routes.liveness import answering_life
from routes.ports import Address
from usage_ingest.store_check import check_event_store


@click.command()
@click.option("--host", default=DEFAULT_HOST, show_default=True, help="Where to answer /healthz.")
@click.option(
    "--port",
    type=click.IntRange(0, HIGHEST_PORT),
    help="Answer GET /healthz on this port; 0 takes a free one. Left out: nothing listens.",
)
@supervised
@click.pass_obj
def worker(settings: Settings, host: str, port: int | None, until_parent_ends: bool) -> None:
    """Load events, evaluate accounts and keep the clock. A second one waits to take over."""
    ending = Ending()
    ending.listen()
    if until_parent_ends:
        end_with_parent()
    warn_of_open_files(settings)
    with ExitStack() as closing, opened_state(settings) as state:
        if not until_parent_ends:  # `pql serve` has looked, and what is wrong later is waited for
            check_event_store(settings, state)
        if port is not None:
            address = closing.enter_context(answering_life(Address(host, port)))
            click.echo(f"Alive: http://{address.reached}/healthz")
        Worker(settings, state, ending).run()

"""`pql web`: the web process."""

from __future__ import annotations

import click

from pql.settings import Settings
from pql.state.opening import opened_state
from routes.command_line.listening import listening, supervised
from routes.endings import end_with_parent
from routes.ports import Address
from routes.serving import serve_web


@click.command()
@listening
@supervised
@click.pass_obj
def web(settings: Settings, host: str, port: int, until_parent_ends: bool) -> None:
    """Serve HTTP: intake, API and pages. Any number of these may run."""
    with opened_state(settings):
        pass  # connections do not outlive a fork, so the server's processes open it again
    on_start = end_with_parent if until_parent_ends else lambda: None
    serve_web(settings, Address(host, port), on_start)

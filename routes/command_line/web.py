"""`pql web`: the web process."""

from __future__ import annotations

import click

from pql.settings import Settings
from routes.command_line.listening import listening, supervised
from routes.command_line.preparing import prepare_state
from routes.endings import end_with_parent
from routes.ports import Address
from routes.serving import serve_web


@click.command()
@listening
@supervised
@click.pass_obj
def web(settings: Settings, host: str, port: int, until_parent_ends: bool) -> None:
    """Serve HTTP: intake, API and pages. Any number of these may run."""
    prepare_state(settings)  # the server's processes open it again: this one only watches them
    on_start = end_with_parent if until_parent_ends else lambda: None
    serve_web(settings, Address(host, port), on_start)

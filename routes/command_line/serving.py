"""`pql serve`: web and worker of one machine. It starts them and imports neither, to stay small."""

from __future__ import annotations

import click

from pql.settings import Settings
from routes.command_line.listening import listening
from routes.command_line.preparing import prepare_state
from routes.endings import Ending
from routes.ports import Address
from routes.supervising import Child, supervise


@click.command()
@listening
@click.pass_obj
def serve(settings: Settings, host: str, port: int) -> None:
    """Run web and worker on this machine, and start again what dies."""
    prepare_state(settings, looks_at_events=True)
    ending = Ending()
    ending.listen()
    address = Address(host, port)
    address.wait_until_free()  # or another's answer would be taken for our web process's
    children = [Child("web", ["--host", host, "--port", str(port)]), Child("worker", [])]
    supervise(
        children, ending, address.is_ready, lambda: click.echo(f"Ready: http://{address.reached}")
    )

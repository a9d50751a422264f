"""Options that several commands share."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

import click

from pql.calendars import EARLIEST, LATEST
from routes.terminal import write_for_programs

workspace_option = click.option(
    "--workspace", "workspace_name", required=True, metavar="NAME", help="Which workspace."
)
ANY_ID = {"ignore_unknown_options": True}
"""For a command that takes an id of somebody else's: one that begins with - is no option. One that
is spelt like an option goes last, after --."""
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")


def _iso(_context: click.Context, _option: click.Parameter, at: datetime | None) -> str | None:
    """The date in text; one of another age is a slip of the keyboard."""
    if at is not None and not EARLIEST.date() <= at.date() < LATEST.date():
        words = f"must be from {EARLIEST:%Y-%m-%d} on and before {LATEST:%Y-%m-%d}"
        raise click.BadParameter(words)
    return None if at is None else at.date().isoformat()


until_option = click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d"]),
    callback=_iso,
    metavar="DATE",
    help="Last date of which all was recorded.  [default: the last heard]",
)
format_option = click.option(
    "--format",
    "output_format",
    type=click.Choice(("table", "json", "csv")),
    default="table",
    show_default=True,
    help="How to print them.",
)
message_option = click.option(
    "--message", default="", metavar="TEXT", help="Why, for those who read the history."
)
output_option = click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write it to this file."
)


USERS_MASK = "pql.users_mask"
"""Where a command's context has the umask that its user has set."""


def write_file(file: Path, content: str | bytes) -> None:
    """Write a file that the user named; unlike our own, with the permissions of other files."""
    private = os.umask(click.get_current_context().meta[USERS_MASK])
    try:
        file.write_bytes(content.encode() if isinstance(content, str) else content)
    finally:
        os.umask(private)


def write_out(text: str, output: Path | None) -> None:
    """Write a text to the file that was named, otherwise print it as it is."""
    if output is None:
        write_for_programs(text)
    else:
        write_file(output, text)
        click.echo(f"{output} is written.")

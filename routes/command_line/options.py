"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path

import click

workspace_option = click.option(
    "--workspace", "workspace_name", required=True, metavar="NAME", help="Which workspace."
)
ANY_ID = {"ignore_unknown_options": True}
"""For a command that takes an id of somebody else's: one that begins with - is no option. One that
is spelt like an option goes last, after --."""
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
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


def write_out(text: str, output: Path | None) -> None:
    """Write a text to the file that was named, otherwise print it as it is."""
    if output is None:
        click.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8")
        click.echo(f"{output} is written.")

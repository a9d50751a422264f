"""Options that several commands share."""

from __future__ import annotations

import click

workspace_option = click.option(
    "--workspace", "workspace_name", required=True, metavar="NAME", help="Which workspace."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
format_option = click.option(
    "--format",
    "output_format",
    type=click.Choice(("table", "json", "csv")),
    default="table",
    show_default=True,
    help="How to print them.",
)

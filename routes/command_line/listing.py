"""What the commands that list accounts or leads share: their options, and every page of a list."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, TypeVar

import click

from pql.paging import Page
from routes.command_line.options import format_option

Row = TypeVar("Row")
Command = TypeVar("Command", bound=Callable[..., object])

_SCORE = click.IntRange(0, 100)


def list_options(
    sorts: Sequence[str], default_sort: str, *, score: str, searched: str
) -> Callable[[Command], Command]:
    """The options of a list: its workspace, a range of the score, a text, an order, a format.

    The command has commands of its own, so `--workspace` is asked for by `is_list`.
    """
    options = (
        click.option("--workspace", "workspace_name", metavar="NAME", help="Which workspace."),
        click.option("--min-score", type=_SCORE, help=f"Only with this {score} or more."),
        click.option("--max-score", type=_SCORE, help=f"Only with this {score} or less."),
        click.option("--search", metavar="TEXT", help=f"Only with this text in {searched}."),
        click.option("--sort", type=click.Choice(sorts), default=default_sort, show_default=True),
        format_option,
    )

    def decorate(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def is_list(context: click.Context, workspace_name: str | None) -> bool:
    """Whether the list itself is asked for, and not one of the group's commands.

    Raises:
        click.UsageError: it is, and nobody says of which workspace.
    """
    if context.invoked_subcommand is not None:
        return False
    if workspace_name is None:
        raise click.UsageError("Missing option '--workspace'.")
    return True


def every_row(page_after: Callable[[str | None], Page[Row]]) -> Iterator[Row]:
    """The rows of all pages; `page_after` gives the page after a cursor."""
    page = page_after(None)
    yield from page.data
    while page.next_cursor is not None:
        page = page_after(page.next_cursor)
        yield from page.data


def as_json(rows: Iterator[Any]) -> str:
    """Rows that are dataclasses, as JSON."""
    return json.dumps([asdict(row) for row in rows], indent=2, default=datetime.isoformat)

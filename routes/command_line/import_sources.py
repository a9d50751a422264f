"""Where the rows of an import come from: a file, or a query in a database (`--sql`, `--query`)."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TypeVar

import click

from usage_ingest.importers.database_rows import has_password, open_query
from usage_ingest.importers.files import open_rows
from usage_ingest.importers.open_file import OpenFile

FROM_ENVIRONMENT, FROM_FILE = "env:", "file:"
SEEN_BY_OTHERS = (
    "Others on this machine can see a password on the command line: "
    "give --sql env:NAME or --sql file:PATH instead."
)

CommandT = TypeVar("CommandT", bound=Callable[..., object])


def database_options(command: CommandT) -> CommandT:
    """`--sql` and `--query`."""
    sql = click.option(
        "--sql",
        "address",
        metavar="URL",
        help="Read a database at SQLAlchemy's address of it, or env:NAME or file:PATH.",
    )
    query = click.option(
        "--query", metavar="SQL", help="The query that gives the rows, or file:PATH."
    )
    return sql(query(command))


def chosen_source(
    file: Path | None, address: str | None, query: str | None
) -> AbstractContextManager[OpenFile]:
    """The rows to import, open until the block ends.

    Raises:
        UsageError: neither a file nor a query is named, or both.
        UnreadableFile: they cannot be read.
    """
    if (file is None) == (address is None) or (address is None) != (query is None):
        raise click.UsageError("Give either a FILE, or --sql and --query.")
    if file is not None:
        return open_rows(file)
    return open_query(_read_address(address or ""), _read_query(query or ""))


def _read_address(given: str) -> str:
    """The address of a database; where it is on the command line with a password, that is told."""
    if given.startswith(FROM_ENVIRONMENT):
        name = given.removeprefix(FROM_ENVIRONMENT)
        if not os.environ.get(name):
            raise click.BadParameter(f"the environment has no {name}", param_hint="--sql")
        return os.environ[name]
    if given.startswith(FROM_FILE):
        return _content(given, "--sql")
    if has_password(given):
        click.echo(SEEN_BY_OTHERS, err=True)
    return given


def _read_query(given: str) -> str:
    return _content(given, "--query") if given.startswith(FROM_FILE) else given


def _content(given: str, option: str) -> str:
    path = Path(given.removeprefix(FROM_FILE))
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeError) as error:
        raise click.BadParameter(f"{path} cannot be read", param_hint=option) from error

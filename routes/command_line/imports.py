"""`pql import`: a command for each kind of rows, and one for the exports of other products."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from routes.command_line.exports import import_export
from routes.command_line.importing import existing_file, import_file
from routes.command_line.queries import import_query
from usage_ingest.importers.mapping_files import KINDS

OF_BOTH = ("mapping_file", "workspace_name", "rejected_file")
"""Options for files and for queries; the others are for files."""
SOURCE = (
    click.Argument(["file"], type=existing_file, required=False),
    click.Option(
        ["--sql", "address"],
        metavar="URL",
        help="Instead of a file, this database: SQLAlchemy's address of it, env:NAME or file:PATH.",
    ),
    click.Option(["--query"], metavar="SQL", help="The query that gives the rows, or file:PATH."),
)


@click.group(name="import")
def imports() -> None:
    """Bring in the past: from files, databases, and the raw exports of other products."""


def _of_kind(kind: str) -> click.Command:
    """The command that imports rows of one kind, from a file or from a query."""
    options = [each for each in import_file.params if each.name not in {"kind", "file"}]
    return click.Command(
        kind,
        params=[*SOURCE, *options],
        callback=partial(_import, kind),
        help=f"{import_file.help}\n\nWith --sql and --query, what a query gives in a database.",
        short_help=f"Import {kind} from a file or a database.",
    )


def _import(
    kind: str, *, file: Path | None, address: str | None, query: str | None, **options: Any
) -> None:
    """Import from what is named.

    Raises:
        UsageError: neither a file nor a query is named, or both, or an option is for files alone.
    """
    context = click.get_current_context()
    if (file is None) == (address is None) or (address is None) != (query is None):
        raise click.UsageError("Give either a FILE, or --sql and --query.")
    if address is None or query is None:
        context.invoke(import_file, kind=kind, file=file, **options)
        return
    for name in options.keys() - {*OF_BOTH}:
        if context.get_parameter_source(name) is not ParameterSource.DEFAULT:
            raise click.UsageError(f"{_spelt(context.command, name)} is for files alone.")
    given = {name: options[name] for name in OF_BOTH}
    import_query(context.obj, kind=kind, address=address, query=query, **given)


def _spelt(command: click.Command, name: str) -> str:
    """How an option is spelt on the command line."""
    return next(each.opts[0] for each in command.params if each.name == name)


for each_kind in KINDS:
    imports.add_command(_of_kind(each_kind))
imports.add_command(import_export)

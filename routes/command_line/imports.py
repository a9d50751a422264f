"""`pql import`: a command for each kind of rows, and one for the exports of other products."""

from __future__ import annotations

from functools import partial

import click

from routes.command_line.exports import import_export
from routes.command_line.importing import import_file
from usage_ingest.importers.mapping_files import KINDS


@click.group(name="import")
def imports() -> None:
    """Bring in the past: from files, databases, and the raw exports of other products."""


def _of_kind(kind: str) -> click.Command:
    """The command that imports rows of one kind."""
    callback = import_file.callback
    return click.Command(
        kind,
        params=[each for each in import_file.params if each.name != "kind"],
        callback=None if callback is None else partial(callback, kind=kind),
        help=import_file.help,
        short_help=f"Import {kind} from a file or a database.",
    )


for each_kind in KINDS:
    imports.add_command(_of_kind(each_kind))
imports.add_command(import_export)

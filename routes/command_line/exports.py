"""`pql import export`: the raw exports of other products, as they are."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click
from rich.progress import Progress

from pql.access import COMPANY
from pql.events.opening import ask_event_store
from pql.events.store import FrameSource
from pql.settings import Settings
from pql.state.opening import opened_state
from pql.state.store import State
from pql.workspaces import find_workspace
from routes.command_line.import_progress import follow
from routes.command_line.importing import (
    progress_bar,
    report,
    telling_mistakes,
    wait_until_evaluated,
    worker_beside,
)
from routes.command_line.options import workspace_option
from routes.logging import set_up_logging
from usage_ingest.importers.exports import EXPORTS
from usage_ingest.importers.exports.export import Choices
from usage_ingest.importers.exports.files import ExportFiles
from usage_ingest.importers.exports.found import FoundFiles, find_files
from usage_ingest.importers.exports.importing import import_exports
from usage_ingest.importers.exports.rows import ExportReader
from usage_ingest.importers.mapping_files import read_zone
from usage_ingest.importers.message_ids import counting_occurrences
from usage_ingest.importers.rejections import rejecting_to
from usage_ingest.importers.running import ImportedRows

MIXPANEL = "mixpanel"
MOST_NAMED = 5


def chosen_zone(_context: click.Context, _parameter: click.Parameter, name: str) -> ZoneInfo:
    """The time zone of that name."""
    zone = read_zone(name)
    if zone is None:
        raise click.BadParameter(f"found {name!r}; allowed: a time zone as in Europe/Berlin")
    return zone


@click.command(name="export")
@click.argument("names", metavar="FILE...", nargs=-1, required=True)
@click.option("--from", "tool", type=click.Choice(tuple(EXPORTS)), required=True, help="Whose.")
@workspace_option
@click.option(
    "--account-group-type",
    default=COMPANY,
    show_default=True,
    help="Which group is the account; of Mixpanel the property that names it.",
)
@click.option(
    "--time-zone",
    "zone",
    default="UTC",
    show_default=True,
    callback=chosen_zone,
    help="Mixpanel: the project's time zone, where its export has times in it.",
)
@click.option(
    "--rejected",
    "rejected_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where rejected rows go.  [default: beside the first FILE]",
)
@click.pass_obj
def import_export(
    settings: Settings,
    *,
    names: tuple[str, ...],
    tool: str,
    workspace_name: str,
    account_group_type: str,
    zone: ZoneInfo,
    rejected_file: Path | None,
) -> None:
    """Import the raw export of another product: files, folders or patterns, packed as they came.

    What was sent live too is not there twice. Importing it again changes nothing, and goes on
    where an import was interrupted.
    """
    if zone.key != "UTC" and tool != MIXPANEL:
        raise click.UsageError(f"--time-zone is for {MIXPANEL}: the others write UTC.")
    set_up_logging(replace(settings, log_level="error"))  # the bar says what goes on
    choices = Choices(account_group_type, zone)
    reader = ExportReader(EXPORTS[tool], choices, datetime.now(UTC), settings.event_limit)
    with telling_mistakes(), opened_state(settings) as state:
        found = find_files(names)
        files = ExportFiles(found.files)
        rejected_to = rejected_file or _beside(names[0], found)
        with state.reading() as session:
            workspace_id = find_workspace(session, workspace_name).id
        with progress_bar() as bar, worker_beside(settings, state):
            store = ask_event_store(settings)
            done = _read(
                state, store, workspace_id, files, reader, rejected_to=rejected_to, bar=bar
            )
            wait_until_evaluated(state, workspace_id, bar)
    _tell_left_out(found)
    report(done, rejected_to)
    if files.unreadable:
        raise click.ClickException("; ".join(files.unreadable))


def _beside(name: str, found: FoundFiles) -> Path:
    """Where rejected rows go: beside the first file or folder that is named."""
    first = Path(name) if Path(name).exists() else found.files[0]
    return first.with_name(f"{first.name}.rejected.csv")


def _read(
    state: State,
    store: FrameSource,
    workspace_id: int,
    files: ExportFiles,
    reader: ExportReader,
    *,
    rejected_to: Path,
    bar: Progress,
) -> ImportedRows:
    with (
        rejecting_to(rejected_to, names_files=True) as rejections,
        counting_occurrences() as occurrences,
    ):
        chunks = import_exports(
            state,
            store,
            workspace_id,
            files,
            reader,
            rejections=rejections,
            occurrences=occurrences,
        )
        return follow(chunks, state, workspace_id, files.size, bar)


def _tell_left_out(found: FoundFiles) -> None:
    """Say which files of the folders are no exports by their names."""
    if found.left_out:
        named = ", ".join(path.name for path in found.left_out[:MOST_NAMED])
        more = ", ..." if len(found.left_out) > MOST_NAMED else ""
        click.echo(f"Left out, as their names are none of exports: {named}{more}", err=True)

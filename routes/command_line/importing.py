"""`pql import accounts|events|outcomes|leads`: rows of files."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from pql.definitions.problems import DefinitionError
from pql.delimited.formats import FileFormat
from pql.events.opening import ask_event_store
from pql.events.store import FrameSource
from pql.faults import PlainError
from pql.settings import Settings
from pql.state.opening import opened_state
from pql.state.store import State
from pql.words import counted
from pql.workspaces import find_workspace
from routes.clock.worker import Worker
from routes.command_line.file_formats import file_format_options
from routes.command_line.import_previews import print_preview
from routes.command_line.options import workspace_option
from routes.console import Terminal
from routes.endings import Ending
from routes.logging import set_up_logging
from usage_ingest.importers.files import open_rows
from usage_ingest.importers.mapping import RowMapping
from usage_ingest.importers.mapping_files import KINDS, read_mapping_file
from usage_ingest.importers.message_ids import counting_occurrences
from usage_ingest.importers.open_file import OpenFile, UnreadableFile
from usage_ingest.importers.previews import preview_file
from usage_ingest.importers.recognising import UnclearColumns, recognise_file
from usage_ingest.importers.rejections import rejecting_to
from usage_ingest.importers.rows import Context, context_of
from usage_ingest.importers.running import (
    ImportedRows,
    WrongColumns,
    import_rows,
)
from usage_ingest.importers.waiting import changes_waiting, events_waiting

MOST_WAITING = 50_000
"""Events that wait in the journal before the import pauses: a file may be larger than the disk."""

PAUSE = 0.2

PATIENCE = 120.0
"""Seconds without any progress after which an import no longer waits for the worker."""


class WorkerStalled(PlainError):
    """The worker does not get on."""

    def __init__(self) -> None:
        super().__init__(
            f"the worker made no progress for {PATIENCE:.0f} seconds; its log says why. The rows "
            "are safe in the journal; import the file again to bring in those that are not"
        )


existing_file = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command(name="import")
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("file", type=existing_file)
@click.option("--mapping", "mapping_file", type=existing_file, required=True, help="What is where.")
@workspace_option
@click.option(
    "--rejected",
    "rejected_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where rejected rows go.  [default: FILE.KIND.rejected.csv]",
)
@click.option("--preview", "only_preview", is_flag=True, help="Show the first rows; write nothing.")
@file_format_options
@click.pass_obj
def import_file(
    settings: Settings,
    *,
    kind: str,
    file: Path,
    mapping_file: Path,
    workspace_name: str,
    rejected_file: Path | None,
    only_preview: bool,
    file_format: FileFormat,
) -> None:
    """Import a CSV, JSON Lines or Parquet file. Importing it again changes nothing.

    Works beside a running service and without one. How the file is written (delimiter, encoding,
    decimals, dates) is recognised and told; --preview shows what would become of it.
    """
    set_up_logging(replace(settings, log_level="error"))  # the bar says what goes on
    rejected_to = rejected_file or file.with_name(f"{file.name}.{kind}.rejected.csv")
    with telling_mistakes(), opened_state(settings) as state:
        with state.reading() as session:
            workspace_id = find_workspace(session, workspace_name).id
        said = read_mapping_file(mapping_file, kind)
        with Terminal(stderr=True).status("Looking through the file"):
            recognised = recognise_file(file, said, file_format)
        if only_preview:
            context = import_context(state, workspace_id, recognised.mapping)
            print_preview(Terminal(), recognised, preview_file(file, context))
            return
        mapping = recognised.require_clear()
        for sentence in recognised.told:
            click.echo(sentence, err=True)
        with (
            open_rows(file, mapping.formats.file) as rows,
            progress_bar() as bar,
            worker_beside(settings, state),
        ):
            store = ask_event_store(settings)
            done = _read(
                state, store, workspace_id, rows, mapping, rejected_to=rejected_to, bar=bar
            )
            wait_until_evaluated(state, workspace_id, bar)
    report(done, rejected_to)


def _read(
    state: State,
    store: FrameSource,
    workspace_id: int,
    rows: OpenFile,
    mapping: RowMapping,
    *,
    rejected_to: Path,
    bar: Progress,
) -> ImportedRows:
    context = import_context(state, workspace_id, mapping)
    task = bar.add_task("reading", total=rows.size, rows=0)
    done = ImportedRows()
    with rejecting_to(rejected_to) as rejections, counting_occurrences() as occurrences:
        chunks = import_rows(
            state,
            store,
            workspace_id,
            rows,
            context,
            rejections=rejections,
            occurrences=occurrences,
        )
        for done in chunks:
            bar.update(task, completed=done.position, rows=done.read)
            wait_until_few(lambda: events_waiting(state, workspace_id), MOST_WAITING)
    bar.update(task, completed=rows.size)
    return done


def import_context(state: State, workspace_id: int, mapping: RowMapping) -> Context:
    """What the rows of a workspace are read with, now."""
    with state.reading() as session:
        return context_of(session, workspace_id, mapping, datetime.now(UTC))


def wait_until_evaluated(state: State, workspace_id: int, bar: Progress) -> None:
    """Wait until the imported events are stored and the accounts they changed are evaluated."""
    _wait(bar, "loading", lambda: events_waiting(state, workspace_id))
    loaded_at = datetime.now(UTC)
    _wait(bar, "evaluating", lambda: changes_waiting(state, workspace_id, loaded_at))


def _wait(bar: Progress, step: str, count_waiting: Callable[[], int]) -> None:
    most = count_waiting()
    task = bar.add_task(step, total=most, rows=0)

    def tell(waiting: int) -> None:
        done = max(most - waiting, 0)
        bar.update(task, completed=done, rows=done)

    wait_until_few(count_waiting, 0, tell)
    tell(0)


def wait_until_few(
    count_waiting: Callable[[], int],
    few: int,
    tell: Callable[[int], None] = lambda _waiting: None,
) -> None:
    """Wait until no more than `few` wait; `tell` hears how many there are.

    Raises:
        WorkerStalled: their number did not go down for `PATIENCE`.
    """
    least, since = count_waiting(), time.monotonic()
    while (waiting := count_waiting()) > few:
        tell(waiting)
        if waiting < least:
            least, since = waiting, time.monotonic()
        if time.monotonic() - since > PATIENCE:
            raise WorkerStalled
        time.sleep(PAUSE)


def report(done: ImportedRows, rejected_to: Path) -> None:
    """Say what became of the rows.

    Raises:
        SystemExit: there were rows and all of them were rejected.
    """
    no_outcome = f"{done.no_outcome:,} without an outcome, " if done.no_outcome else ""
    click.echo(
        f"{counted(done.read, 'row')} read: {done.imported:,} imported, "
        f"{done.already_there:,} already there, {no_outcome}{done.rejected:,} rejected"
    )
    if done.unknown_times:
        unread = counted(done.unknown_times, "time")
        click.echo(f"{unread} could not be read and stayed unknown.", err=True)
    if done.rejected or done.unknown_times:
        click.echo(f"What was rejected, with reasons: {rejected_to}", err=True)
    if done.rejected and done.rejected == done.read:
        raise SystemExit(1)


@contextmanager
def worker_beside(settings: Settings, state: State) -> Iterator[None]:
    """A worker of our own until the block ends. While a service runs, it only waits."""
    ending = Ending()
    worker = Worker(settings, state, ending)
    thread = threading.Thread(target=worker.run, name="worker")
    thread.start()
    try:
        yield
    finally:
        ending.set()
        thread.join()


@contextmanager
def telling_mistakes() -> Iterator[None]:
    """What is wrong with the files, in all its lines."""
    try:
        yield
    except (DefinitionError, UnclearColumns, UnreadableFile, WorkerStalled, WrongColumns) as error:
        raise click.ClickException(str(error)) from error


def progress_bar() -> Progress:
    """A bar on stderr with the step, how far it is, and a count."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[rows]:,}"),
        TimeElapsedColumn(),
        console=Terminal(stderr=True),
    )

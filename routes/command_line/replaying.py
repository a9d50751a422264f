"""`pql definitions plan`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from pql.settings import Settings
from pql.state.opening import opened_state
from pql.workspaces import find_workspace
from routes.command_line.definition_files import definition_file, definitions_in, text_of
from routes.command_line.options import json_option, workspace_option
from routes.command_line.replay_text import print_plan
from routes.console import Terminal
from segments.replay.analysis import as_document
from segments.replay.planning import Plan, plan_definitions
from segments.replay.question import MOST_REPS, MOST_WEEKS, USUAL_WEEKS, Capacity, Question
from segments.replay.walking import Progress as Tell
from usage_ingest.store_check import reach_event_store

people = click.IntRange(1, MOST_REPS)


@click.command()
@definition_file
@workspace_option
@click.option(
    "--weeks",
    type=click.IntRange(1, MOST_WEEKS),
    default=USUAL_WEEKS,
    show_default=True,
    help="How many weeks back.",
)
@click.option("--definition", metavar="NAME", help="Only this one of the file's definitions.")
@click.option("--reps", type=people, help="How many people take accounts; with --per-rep.")
@click.option("--per-rep", type=people, help="New accounts a week that each has time for.")
@json_option
@click.pass_obj
def plan(
    settings: Settings,
    *,
    file: Path,
    workspace_name: str,
    weeks: int,
    definition: str | None,
    reps: int | None,
    per_rep: int | None,
    as_json: bool,
) -> None:
    """Show what FILE would have done in the past weeks, and what applying it would change.

    Each day is seen with what had been received by then. Ctrl-C stops; nothing is put in force.
    """
    text = text_of(file)
    definitions = definitions_in(file, text)
    question = Question(definitions, weeks, definition, _capacity(reps, per_rep), text)
    with _shown_progress() as progress:
        found = _replay(settings, workspace_name, question, progress)
    if as_json:
        click.echo(json.dumps(as_document(found), indent=2, allow_nan=False))
    else:
        print_plan(Terminal(), found, reps)


def _capacity(reps: int | None, per_rep: int | None) -> Capacity | None:
    if (reps is None) != (per_rep is None):
        raise click.UsageError("give --reps and --per-rep together")
    return None if reps is None or per_rep is None else Capacity(reps, per_rep)


def _replay(settings: Settings, workspace_name: str, question: Question, progress: Tell) -> Plan:
    with opened_state(settings) as state, closing(reach_event_store(settings, state)) as store:
        with state.reading() as session:
            workspace_id = find_workspace(session, workspace_name).id
        return plan_definitions(
            state, store, workspace_id, question, progress=progress, now=datetime.now(UTC)
        )


@contextmanager
def _shown_progress() -> Iterator[Tell]:
    """A bar on stderr, where there is somebody to see it."""
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Terminal(stderr=True), transient=True) as bars:
        task = bars.add_task("reading", total=1.0)
        yield lambda share, text: bars.update(task, completed=share, description=text)

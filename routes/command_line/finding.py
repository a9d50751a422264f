"""`pql finder`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from pql.definitions.grammar import LONGEST_DAYS
from pql.delimited.formats import FileFormat
from pql.finder import chance
from pql.finder.answers import Answer
from pql.finder.documents import document
from pql.finder.questions import UNITS
from pql.finder.reading import TableRequest, find_in_table
from pql.finder.running import Request, find
from pql.finder.table_previews import preview_table
from pql.settings import Settings
from pql.state.opening import opened_state
from pql.workspaces import find_workspace
from routes.command_line.file_formats import file_format_options
from routes.command_line.finding_text import print_answer
from routes.command_line.options import json_option, write_file
from routes.command_line.table_previews import print_table_preview
from routes.console import Terminal
from usage_ingest.store_check import reach_event_store

days_type = click.IntRange(1, LONGEST_DAYS)
readable = click.Path(exists=True, dir_okay=False, path_type=Path)


def _names(_context: click.Context, _option: click.Parameter, text: str | None) -> tuple[str, ...]:
    return tuple(word.strip() for word in (text or "").split(",") if word.strip())


def _days(context: click.Context, option: click.Parameter, text: str | None) -> tuple[int, ...]:
    words: tuple[Any, ...] = _names(context, option, text)
    return tuple(days_type.convert(word, option, context) for word in words)


@click.command()
@click.option("--workspace", "workspace_name", metavar="NAME", help="Search what this one sent.")
@click.option("--table", "file", type=readable, help="Search a CSV or Parquet file instead.")
@click.option("--days", type=days_type, help="Age at which trials are judged.  [default: 7]")
@click.option("--within", type=days_type, help="Days after that to convert in.  [default: 30]")
@click.option("--events", callback=_names, help="These, by comma.  [default: the 12 most frequent]")
@click.option("--windows", callback=_days, help="First days, by comma.  [default: 1,3,7,14]")
@click.option("--unit", type=click.Choice(UNITS), default="accounts", show_default=True)
@click.option(
    "--status",
    type=click.Choice(("trial", "free")),
    default="trial",
    show_default=True,
    help="Whom the definition will be for.",
)
@click.option("--outcome", metavar="COLUMN", help="With --table: who converted.")
@click.option("--time", metavar="COLUMN", help="With --table: when each began.")
@click.option("--id", "id_column", metavar="COLUMN", help="With --table: names each; not searched.")
@click.option("--missing", multiple=True, metavar="VALUE", help="With --table: means not given.")
@click.option(
    "--positive", metavar="VALUE", help="With --table: the outcome that means yes, as in Signed."
)
@click.option(
    "--preview",
    "only_preview",
    is_flag=True,
    help="With --table: show how it is read; search nothing.",
)
@file_format_options
@click.option(
    "--known-at-start",
    multiple=True,
    metavar="COLUMN",
    help="A column, or an event, that is known before anything is done about the outcome.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Of everything that is drawn.")
@click.option("--yaml", "yaml_file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--all", "show_all", is_flag=True, help="Show everything that was looked at.")
@json_option
@click.pass_obj
def finder(
    settings: Settings,
    *,
    workspace_name: str | None,
    file: Path | None,
    days: int | None,
    within: int | None,
    events: tuple[str, ...],
    windows: tuple[int, ...],
    unit: str,
    status: str,
    outcome: str | None,
    time: str | None,
    id_column: str | None,
    missing: tuple[str, ...],
    positive: str | None,
    only_preview: bool,
    file_format: FileFormat,
    known_at_start: tuple[str, ...],
    seed: int,
    yaml_file: Path | None,
    show_all: bool,
    as_json: bool,
) -> None:
    """Search for what those who convert had done, and say whether it holds later.

    Searches the trials of a workspace, or a file with one row for each account or lead. Where
    nothing holds, it says so. What may be known only afterwards is set aside with a question, which
    --known-at-start answers. --yaml FILE keeps the definition of what is recommended.
    """
    if only_preview:
        if file is None:
            raise click.UsageError("--preview is of a file: give --table FILE")
        previewed = preview_table(
            file,
            roles={"outcome": outcome, "time": time, "id": id_column},
            missing=missing,
            positive=positive,
            file_format=file_format,
        )
        print_table_preview(Terminal(), previewed)
        return
    with _shown_progress() as progress:
        if file is not None and outcome is not None and workspace_name is None:
            asked = TableRequest(
                outcome,
                time,
                id_column,
                missing,
                known_at_start,
                days or 0,
                within or 0,
                seed,
                positive,
                file_format,
            )
            answer = find_in_table(file, asked, progress)
        elif file is None and workspace_name is not None:
            request = Request(
                days or 7,
                within or 30,
                unit,
                status,
                events or None,
                windows or None,
                seed,
                known_at_start,
            )
            answer = _search_workspace(settings, workspace_name, request, progress)
        else:
            raise click.UsageError("give --workspace NAME, or --table FILE with --outcome COLUMN")
    if yaml_file is not None and answer.adopted.text is not None:
        write_file(yaml_file, answer.adopted.text)
    for sentence in answer.told:
        click.echo(sentence, err=True)
    if as_json:
        click.echo(json.dumps(document(answer), indent=2, allow_nan=False))
        return
    print_answer(Terminal(), answer, show_all=show_all)


def _search_workspace(
    settings: Settings, workspace_name: str, request: Request, progress: chance.Progress
) -> Answer:
    with opened_state(settings) as state, closing(reach_event_store(settings, state)) as store:
        with state.reading() as session:
            workspace_id = find_workspace(session, workspace_name).id
        return find(state, store, workspace_id, request, progress=progress, now=datetime.now(UTC))


@contextmanager
def _shown_progress() -> Iterator[chance.Progress]:
    """A bar on the terminal, gone in the end; what is printed is the answer alone."""
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Terminal(stderr=True), transient=True) as bar:
        task = bar.add_task("reading", total=1.0)
        yield lambda share, text: bar.update(task, completed=share, description=text)

"""`pql benchmarks`: what customers did, what came of it, and whether it still holds."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import chain
from typing import Any

import click
from sqlalchemy.orm import Session

from pql.benchmarks import documents
from pql.benchmarks.comparing import POPULATIONS
from pql.benchmarks.querying import (
    Answer,
    Wanted,
    list_benchmarks,
    list_documents,
    list_first_times,
    list_survival,
    list_versions,
    request_refresh,
)
from pql.settings import Settings
from pql.state.opening import opened_state
from pql.workspaces import find_workspace
from routes.command_line import benchmark_rows as reports
from routes.command_line.benchmark_rows import Report
from routes.command_line.benchmark_tables import print_rows
from routes.command_line.options import format_option, workspace_option

Read = Callable[[Session, int], Answer]
Command = Callable[..., None]
NOTHING_YET = "No benchmarks yet: the worker computes them within seconds."

metric_option = click.option("--metric", metavar="NAME", help="Only this metric.")
version_option = click.option(
    "--version", type=click.IntRange(1), metavar="N", help="Not those in force, but this version."
)


def segment_options(command: Command) -> Command:
    """Which rows, and of which version, `_tell_some` is asked for."""
    by = click.option("--by", metavar="NAME", help="By segment: plan, size, source, cohort, ...")
    segment = click.option("--segment", metavar="VALUE", help="With --by, only this segment.")
    return by(segment(version_option(command)))


@click.group()
def benchmarks() -> None:
    """What customers did at the same age, which trials are compared with, and what came of it."""


@benchmarks.command()
@workspace_option
@metric_option
@click.option("--population", type=click.Choice(POPULATIONS), help="Only this group.")
@click.option("--day", type=click.IntRange(0), help="Only this day of the trial.")
@segment_options
@format_option
@click.pass_obj
def show(settings: Settings, /, **asked: Any) -> None:
    """Show percentiles with their intervals, of all accounts or by segment."""
    _tell_some(settings, reports.PERCENTILES, list_benchmarks, **asked)


@benchmarks.command()
@workspace_option
@metric_option
@version_option
@format_option
@click.pass_obj
def curve(settings: Settings, /, workspace_name: str, output_format: str, **asked: Any) -> None:
    """Show conversion by value: how many of those that had done so much paid later."""
    read = _document(documents.CURVE, asked["version"], asked["metric"])
    _tell(settings, workspace_name, reports.CURVE, read, output_format)


@benchmarks.command()
@workspace_option
@segment_options
@format_option
@click.pass_obj
def survival(settings: Settings, /, **asked: Any) -> None:
    """Show how long trials take to pay, and whether they pay, leave or expire first."""
    _tell_some(settings, reports.SURVIVAL, list_survival, **asked)


@benchmarks.command(name="first-times")
@workspace_option
@metric_option
@segment_options
@format_option
@click.pass_obj
def first_times(settings: Settings, /, **asked: Any) -> None:
    """Show how soon trials do for the first time what each metric counts."""
    _tell_some(settings, reports.FIRST_TIMES, list_first_times, **asked)


@benchmarks.command()
@workspace_option
@version_option
@format_option
@click.pass_obj
def drift(settings: Settings, workspace_name: str, version: int | None, output_format: str) -> None:
    """Show whether the latest trials still do what those before did."""
    read = _document(documents.DRIFT, version)
    _tell(settings, workspace_name, reports.DRIFT, read, output_format)


@benchmarks.command()
@workspace_option
@click.option("--definition", metavar="NAME", help="Only this definition.")
@version_option
@format_option
@click.pass_obj
def retention(settings: Settings, /, workspace_name: str, output_format: str, **asked: Any) -> None:
    """Show who is active in each week: accounts that had met a definition, and others."""
    read = _document(documents.RETENTION, asked["version"], asked["definition"])
    _tell(settings, workspace_name, reports.RETENTION, read, output_format)


@benchmarks.command()
@workspace_option
@format_option
@click.pass_obj
def versions(settings: Settings, workspace_name: str, output_format: str) -> None:
    """List the versions, the newest first. A score names the one it was made from."""
    with opened_state(settings) as state, state.reading() as session:
        found = list_versions(session, find_workspace(session, workspace_name).id)
    print_rows([reports.version_row(each) for each in found], output_format, "Versions")


@benchmarks.command()
@workspace_option
@click.pass_obj
def refresh(settings: Settings, workspace_name: str) -> None:
    """Ask the worker to compute them again."""
    with opened_state(settings) as state, state.writing() as session:
        workspace_id = find_workspace(session, workspace_name).id
        request_refresh(session, workspace_id, datetime.now(UTC))
    click.echo("Asked for: the worker computes them within seconds.")


def _document(kind: str, version: int | None, name: str | None = None) -> Read:
    return lambda session, workspace_id: list_documents(
        session, workspace_id, kind, version=version, name=name
    )


def _tell_some(
    settings: Settings,
    report: Report,
    list_some: Callable[[Session, int, Wanted, int | None], Answer],
    /,
    *,
    workspace_name: str,
    output_format: str,
    version: int | None,
    segment: str | None,
    **asked: Any,
) -> None:
    if segment is not None and asked["by"] is None:
        raise click.UsageError("--segment needs --by.")
    wanted = Wanted(value=segment, **asked)

    def read(session: Session, workspace_id: int) -> Answer:
        return list_some(session, workspace_id, wanted, version)

    _tell(settings, workspace_name, report, read, output_format)


def _tell(
    settings: Settings, workspace_name: str, report: Report, read: Read, output_format: str
) -> None:
    with opened_state(settings) as state, state.reading() as session:
        answer = read(session, find_workspace(session, workspace_name).id)
    if output_format == "json":
        click.echo(json.dumps(report.schema().dump(answer), indent=2))
        return
    if answer.version is None:
        click.echo(NOTHING_YET, err=True)
        return
    rows = list(chain.from_iterable(map(report.rows, answer.data)))
    print_rows(
        rows, output_format, f"{report.title}, as of {answer.version.as_of:%Y-%m-%d %H:%M} UTC"
    )
    click.echo(report.note, err=True)
    for reason in filter(None, (getattr(each, "refused", None) for each in answer.data)):
        click.echo(f"Not told: {reason}.", err=True)
    if answer.moved:
        moved = ", ".join(answer.moved)
        click.echo(f"Moved, read with care: {moved} (`pql benchmarks drift`).", err=True)

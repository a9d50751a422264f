"""`pql benchmarks show` and `pql benchmarks refresh`."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import click
from rich.console import Console
from rich.table import Table

from pql.benchmarks.querying import BenchmarkTable, list_benchmarks, request_refresh
from pql.settings import Settings
from pql.state.opening import opened_state
from pql.workspaces import find_workspace
from routes.command_line.options import json_option, workspace_option

PERCENTILES = ("p10", "p25", "p50", "p75", "p90", "median_low", "median_high")


@click.group()
def benchmarks() -> None:
    """What customers did at the same age, which trials are compared with."""


@benchmarks.command()
@workspace_option
@click.option("--metric", metavar="NAME", help="Only this metric.")
@json_option
@click.pass_obj
def show(settings: Settings, workspace_name: str, metric: str | None, as_json: bool) -> None:
    """Show the benchmarks in force. An empty cell: too few accounts to say."""
    with opened_state(settings) as state, state.reading() as session:
        table = list_benchmarks(session, find_workspace(session, workspace_name).id)
    rows = _rows(table, metric)
    if as_json:
        click.echo(json.dumps(rows, indent=2))
    elif table.as_of is None:
        click.echo("No benchmarks yet: the worker computes them within seconds.", err=True)
    else:
        Console().print(_printed(rows, f"as of {table.as_of:%Y-%m-%d %H:%M} UTC"))


@benchmarks.command()
@workspace_option
@click.pass_obj
def refresh(settings: Settings, workspace_name: str) -> None:
    """Ask the worker to compute them again."""
    with opened_state(settings) as state, state.writing() as session:
        workspace_id = find_workspace(session, workspace_name).id
        request_refresh(session, workspace_id, datetime.now(UTC))
    click.echo("Asked for: the worker computes them within seconds.")


def _rows(table: BenchmarkTable, metric: str | None) -> list[dict[str, object]]:
    columns = ("metric", "population", "day", "accounts", *PERCENTILES)
    return [
        {column: getattr(row, column) for column in columns}
        for row in table.data
        if metric in {None, row.metric}
    ]


def _printed(rows: list[dict[str, object]], title: str) -> Table:
    table = Table("metric", "population", "day", "accounts", *PERCENTILES, title=title)
    for row in rows:
        table.add_row(*(_cell(value) for value in row.values()))
    return table


def _cell(value: object) -> str:
    if value is None:
        return ""
    return f"{value:g}" if isinstance(value, float) else str(value)

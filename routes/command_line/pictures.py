"""`pql picture`: what the pages draw, as SVG and PNG files, each with its table."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from pql.pictures.asking import benchmark_of
from pql.pictures.chart import Chart, ChartTable
from pql.pictures.drawing import FORMATS, THEMES, draw
from pql.settings import Settings
from pql.state.opening import opened_state
from pql.workspaces import find_workspace
from routes.command_line.options import workspace_option

output_option = click.option(
    "--output",
    required=True,
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    metavar="FILE",
    help=f"The file to write; its ending says the format: {' or '.join(FORMATS)}.",
)
theme_option = click.option(
    "--theme", type=click.Choice(tuple(THEMES)), default="light", show_default=True
)


@click.group()
def picture() -> None:
    """Draw what was computed as an SVG or PNG file, and print its table."""


@picture.command()
@workspace_option
@click.option("--metric", required=True, metavar="NAME", help="Whose benchmark.")
@click.option("--account", metavar="ID", help="The account to show among customers.")
@output_option
@theme_option
@click.pass_obj
def benchmark(  # noqa: PLR0917 - click passes one argument for each option
    settings: Settings,
    workspace_name: str,
    metric: str,
    account: str | None,
    output: Path,
    theme: str,
) -> None:
    """What customers had done by each day of their trial."""
    with opened_state(settings) as state, state.reading() as session:
        workspace_id = find_workspace(session, workspace_name).id
        chart = benchmark_of(session, workspace_id, metric, account)
    _write(chart, output, theme)


def _write(chart: Chart, output: Path, theme: str) -> None:
    file_format = output.suffix.removeprefix(".").lower()
    if file_format not in FORMATS:
        raise click.BadParameter(f"{output}: must end in {' or '.join(f'.{f}' for f in FORMATS)}")
    output.write_bytes(draw(chart, file_format, theme))
    Console().print(_printed(chart.table, chart.title))
    click.echo(f"{chart.note}\nWritten to {output}.")


def _printed(table: ChartTable, title: str) -> Table:
    printed = Table(*table.columns, title=title)
    for column in printed.columns[1:]:
        column.justify = "right"
    for row in table.rows:
        printed.add_row(*("" if cell is None else _cell(cell) for cell in row))
    return printed


def _cell(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:,.10g}"

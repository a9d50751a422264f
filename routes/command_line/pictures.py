"""`pql picture`: what the pages draw, as SVG and PNG files, each with its table."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from pql.pictures.asking import ALL_TRIALS, benchmark_of, find_chart, precision_of
from pql.pictures.chart import Chart, ChartTable
from pql.pictures.drawing import FORMATS, THEMES, draw
from pql.settings import Settings
from pql.state.opening import opened_state
from pql.workspaces import find_workspace
from routes.command_line.options import workspace_option, write_file
from routes.console import Listing, Terminal
from segments.retelling import retell

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
        chart = benchmark_of(session, workspace_id, metric, account, retell)
    _write(chart, output, theme)


def _add_named(kind: str, tells: str, asked: Callable[[Any], Any]) -> None:
    """Add the command for a kind of `FINDERS`; `asked` is the option that gives the `name`."""

    @picture.command(kind, help=tells)
    @workspace_option
    @asked
    @output_option
    @theme_option
    @click.pass_obj
    def draw_named(
        settings: Settings, workspace_name: str, name: str, output: Path, theme: str
    ) -> None:
        _write(_find(settings, workspace_name, kind, name), output, theme)


def _name_option(option: str, tells: str) -> Callable[[Any], Any]:
    return click.option(option, "name", required=True, metavar="NAME", help=tells)


_add_named(
    "conversion",
    "Of trials that reached each value, how many converted.",
    _name_option("--metric", "Of which metric."),
)
_add_named(
    "first-time",
    "How soon something is done for the first time.",
    _name_option("--metric", "What is done."),
)
_add_named(
    "time-to-convert",
    "How soon trials pay, and what else they come to.",
    click.option(
        "--by",
        "name",
        default=ALL_TRIALS,
        metavar="SEGMENT",
        show_default=True,
        help="A kind of segment, such as plan; all: what all trials come to.",
    ),
)
_add_named(
    "retention",
    "Who is active in each week: accounts that met a definition, and others.",
    _name_option("--definition", "Which tells who is activated."),
)
_add_named(
    "calibration",
    "Of trials a fitted score expected to convert, how many did.",
    _name_option("--definition", "Whose fitted score."),
)


@picture.command()
@workspace_option
@click.option("--analysis", "analysis_id", required=True, type=int, metavar="ID")
@click.option("--definition", metavar="NAME", default="", help="Of a plan: which definition.")
@output_option
@theme_option
@click.pass_obj
def precision(  # noqa: PLR0917 - click passes one argument for each option
    settings: Settings,
    workspace_name: str,
    analysis_id: int,
    definition: str,
    output: Path,
    theme: str,
) -> None:
    """Precision against volume, from the result of a plan or of the finder."""
    with opened_state(settings) as state, state.reading() as session:
        workspace_id = find_workspace(session, workspace_name).id
        charts = precision_of(session, workspace_id, analysis_id)
    if definition not in charts:
        names = ", ".join(filter(None, charts)) or "none"
        raise click.ClickException(f"analysis {analysis_id} has these figures for: {names}")
    _write(charts[definition], output, theme)


def _find(settings: Settings, workspace_name: str, kind: str, name: str) -> Chart:
    with opened_state(settings) as state, state.reading() as session:
        chart = find_chart(session, find_workspace(session, workspace_name).id, kind, name)
    if chart is None:
        raise click.ClickException(
            f"there is nothing to draw of {name} yet: `pql benchmarks refresh` has the worker look"
        )
    return chart


def _write(chart: Chart, output: Path, theme: str) -> None:
    file_format = output.suffix.removeprefix(".").lower()
    if file_format not in FORMATS:
        raise click.BadParameter(f"{output}: must end in {' or '.join(f'.{f}' for f in FORMATS)}")
    write_file(output, draw(chart, file_format, theme))
    Terminal().print(_printed(chart.table, chart.title))
    click.echo(f"{chart.note}\nWritten to {output}.")


def _printed(table: ChartTable, title: str) -> Listing:
    printed = Listing(*table.columns, title=title)
    for column in printed.columns[1:]:
        column.justify = "right"
    for row in table.rows:
        printed.add_row(*("" if cell is None else _cell(cell) for cell in row))
    return printed


def _cell(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:,.10g}"

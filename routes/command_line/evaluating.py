"""`pql definitions evaluate`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from pql.cohorts import CohortResult, CriterionResult, evaluate_definition
from pql.definitions.model import DefinitionFile
from pql.settings import Settings
from pql.state.opening import opened_state
from pql.statistics.intervals import Rate
from pql.workspaces import find_workspace
from routes.command_line.definition_files import definition_file, definitions_in, text_of
from routes.command_line.options import workspace_option
from routes.console import Listing, Terminal
from usage_ingest.store_check import reach_event_store


@click.command()
@definition_file
@workspace_option
@click.option("--definition", metavar="NAME", help="Only this one of the file's definitions.")
@click.option(
    "--format",
    "output_format",
    type=click.Choice(("table", "json")),
    default="table",
    show_default=True,
    help="How to print it.",
)
@click.pass_obj
def evaluate(
    settings: Settings, file: Path, workspace_name: str, definition: str | None, output_format: str
) -> None:
    """Show what the definitions in FILE would have done on past trials whose fate is known."""
    definitions = definitions_in(file, text_of(file))
    names = [definition] if definition else list(definitions.definitions)
    results = _evaluate(settings, workspace_name, definitions, names)
    if output_format == "json":
        documents = [_document(result) for result in results]
        click.echo(json.dumps(documents, indent=2, default=datetime.isoformat))
        return
    for result in results:
        Terminal().print(_table(result))
        Terminal().print(_footnote(result))


def _evaluate(
    settings: Settings, workspace_name: str, file: DefinitionFile, names: Sequence[str]
) -> list[CohortResult]:
    now = datetime.now(UTC)
    with (
        opened_state(settings) as state,
        closing(reach_event_store(settings, state)) as store,
        state.reading() as session,
    ):
        workspace_id = find_workspace(session, workspace_name).id
        return [
            evaluate_definition(store, session, workspace_id, file, name, as_of=now)
            for name in names
        ]


def _document(result: CohortResult) -> dict[str, Any]:
    return {
        **asdict(result),
        "whole": _figures(result.whole),
        "criteria": [_figures(criterion) for criterion in result.criteria],
    }


def _figures(criterion: CriterionResult) -> dict[str, Any]:
    return {
        **asdict(criterion),
        "precision": asdict(criterion.precision),
        "recall": asdict(criterion.recall),
        "lift": asdict(criterion.lift),
    }


def _table(result: CohortResult) -> Listing:
    title = f"{result.definition}: judged after {_days(result.window_days)}, "
    title += f"converted within {_days(result.horizon_days)} more"
    columns = ("criterion", "trials", "converted", "met", "of them converted", "unknown")
    table = Listing(*columns, "precision", "recall", "lift", title=title)
    for column in table.columns[1:]:
        column.justify = "right"
    for row in (result.whole, *result.criteria):
        table.add_row(*_cells(row))
    return table


def _cells(row: CriterionResult) -> Iterator[str]:
    yield row.name
    for number in (row.population, row.converted, row.met, row.met_and_converted, row.unknown):
        yield f"{number:,}"
    yield _share(row.precision)
    yield _share(row.recall)
    lift = row.lift
    yield "unknown" if lift.value is None else f"{lift.value:.2f} ({_between(lift.low, lift.high)})"


def _share(rate: Rate) -> str:
    if rate.value is None or rate.low is None or rate.high is None:
        return "unknown"
    return f"{rate.value:.1%} ({rate.low:.1%} to {rate.high:.1%})"


def _between(low: float | None, high: float | None) -> str:
    return " to ".join("?" if end is None else f"{end:.2f}" for end in (low, high))


def _footnote(result: CohortResult) -> str:
    left_out = (
        f"Left out: {result.immature:,} too young to tell, {result.converted_earlier:,} that had "
        f"converted before, {result.unwatched:,} from before the first event, "
        f"{result.internal:,} internal."
    )
    notes = ["In brackets: 95 % intervals. Association, not cause."]
    if result.uses_benchmarks:
        notes.append("The thresholds come from customers who may be among these trials.")
    return " ".join([left_out, *notes])


def _days(number: int) -> str:
    return "1 day" if number == 1 else f"{number} days"

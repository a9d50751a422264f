"""`pql fitted fit`, `show` and `accounts`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

import click

from pql.definitions import versions
from pql.fitted.querying import ModelSummary, RankedAccount, list_models, list_scored
from pql.paging import LARGEST_PAGE
from pql.settings import Settings
from pql.state.opening import opened_state
from pql.workspaces import find_workspace
from routes.command_line.options import json_option, workspace_option
from routes.console import Listing, Terminal
from usage_ingest.store_check import reach_event_store

definition_option = click.option("--definition", metavar="NAME", help="Only this definition.")


@click.group()
def fitted() -> None:
    """Scores fitted to past trials, beside the rules: used only where they beat them later."""


@fitted.command()
@workspace_option
@definition_option
@json_option
@click.pass_obj
def fit(settings: Settings, workspace_name: str, definition: str | None, as_json: bool) -> None:
    """Fit again, judge on later trials, and use what beats the rules."""
    analysis = import_module("pql.fitted.analysis")  # with libraries that other commands can spare
    with opened_state(settings) as state, closing(reach_event_store(settings, state)) as store:
        with state.reading() as session:
            workspace_id = find_workspace(session, workspace_name).id
        analysis.run(
            state,
            store,
            workspace_id,
            {"definition": definition},
            progress=lambda _share, text: click.echo(f"{text} ...", err=True),
            now=datetime.now(UTC),
        )
        with state.reading() as session:
            _print_models(list_models(session, workspace_id, definition), as_json)


@fitted.command()
@workspace_option
@definition_option
@json_option
@click.pass_obj
def show(settings: Settings, workspace_name: str, definition: str | None, as_json: bool) -> None:
    """Show whether fitted scores are used, why, and how they did on later trials."""
    with opened_state(settings) as state, state.reading() as session:
        workspace_id = find_workspace(session, workspace_name).id
        _print_models(list_models(session, workspace_id, definition), as_json)


@fitted.command()
@workspace_option
@click.option("--definition", metavar="NAME", help="Scores of this one.  [default: the first]")
@click.option("--limit", type=click.IntRange(1, LARGEST_PAGE), default=50, show_default=True)
@json_option
@click.pass_obj
def accounts(
    settings: Settings, workspace_name: str, definition: str | None, limit: int, as_json: bool
) -> None:
    """List accounts by their fitted score, the highest first."""
    with opened_state(settings) as state, state.reading() as session:
        workspace_id = find_workspace(session, workspace_name).id
        models = list_models(session, workspace_id, definition)
        name = definition or next(iter(versions.current(session, workspace_id).file.definitions))
        ranked = list_scored(session, workspace_id, name, limit)
    if as_json:
        click.echo(json.dumps([asdict(each) for each in ranked], indent=2))
    elif ranked:
        Terminal().print(_accounts_table(name, ranked))
    else:
        reasons = (each.reason for each in models if each.definition == name)
        click.echo(next(reasons), err=True)


def _print_models(models: Sequence[ModelSummary], as_json: bool) -> None:
    if as_json:
        documents = [asdict(model) for model in models]
        click.echo(json.dumps(documents, indent=2, default=datetime.isoformat))
        return
    for model in models:
        click.echo("\n".join(_lines(model)))


def _lines(model: ModelSummary) -> Iterator[str]:
    yield f"{model.definition}: {model.reason}"
    found = (model.evaluation or {}).get("confirmation")
    for each in (model.evaluation or {}).get("screened", {}).get("left_out", ()):
        yield f"  left out: {each['metric']}. {each['reason']}"
    if found is None:
        return
    yield f"  AUC {_interval(found['area'])}"
    same = f"{found['brier_of_rate']:.4f} where the same is expected of everybody"
    yield f"  Brier score {found['brier']:.4f}; {same}"
    calibration = found["calibration"]
    for name, right in (("slope", 1), ("intercept", 0)):
        if calibration[name] is not None:
            yield f"  calibration {name} {_interval(calibration[name])}; {right} is right"
    for tenth, lift in zip(calibration["bins"], found["lifts"], strict=True):
        yield f"  {_tenth(tenth, lift)}"


def _tenth(tenth: dict[str, Any], lift: dict[str, Any]) -> str:
    seen = tenth["seen"]
    return (
        f"expected {tenth['expected']:6.1%}: of {seen['total']:,} converted {seen['value']:6.1%} "
        f"({seen['low']:.1%} to {seen['high']:.1%}), lift {_interval(lift)}"
    )


def _interval(figure: dict[str, Any]) -> str:
    if None in {figure["value"], figure["low"], figure["high"]}:
        return "unknown"
    return f"{figure['value']:.2f} ({figure['low']:.2f} to {figure['high']:.2f})"


def _accounts_table(definition: str, ranked: Sequence[RankedAccount]) -> Listing:
    table = Listing("rank", "account", "score", "why", title=f"fitted score of {definition}")
    for each in ranked:
        score = "unknown" if each.score is None else str(each.score)
        table.add_row(str(each.rank), each.name or each.id, score, each.sentence)
    return table

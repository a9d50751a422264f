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
from pql.state.store import State
from pql.workspaces import find_workspace
from routes.command_line.options import json_option, until_option, workspace_option
from routes.console import Listing, Terminal
from usage_ingest.store_check import reach_event_store

definition_option = click.option("--definition", metavar="NAME", help="Only this definition.")


@click.group()
def fitted() -> None:
    """Scores fitted to past trials, beside the rules: used only where they beat them later."""


@fitted.command()
@workspace_option
@definition_option
@until_option
@json_option
@click.pass_obj
def fit(
    settings: Settings,
    *,
    workspace_name: str,
    definition: str | None,
    until: str | None,
    as_json: bool,
) -> None:
    """Fit again, judge on later trials, and use what beats the rules."""
    analysis = import_module("pql.fitted.analysis")  # with libraries that other commands can spare
    with opened_state(settings) as state, closing(reach_event_store(settings, state)) as store:
        with state.reading() as session:
            workspace_id = find_workspace(session, workspace_name).id
        analysis.run(
            state,
            store,
            workspace_id,
            {"definition": definition, "until": until},
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
@click.option("--unused", is_flag=True, help="By a score that is not used, too; it says so.")
@json_option
@click.pass_obj
def accounts(
    settings: Settings,
    *,
    workspace_name: str,
    definition: str | None,
    limit: int,
    unused: bool,
    as_json: bool,
) -> None:
    """List accounts by their fitted score, the highest first."""
    with opened_state(settings) as state:
        with state.reading() as session:
            workspace_id = find_workspace(session, workspace_name).id
            models = list_models(session, workspace_id, definition)
            file = versions.current(session, workspace_id).file
            name = definition or next(iter(file.definitions))
            ranked = list_scored(session, workspace_id, name, limit)
        if unused and not ranked:
            ranked = _list_unused(settings, state, workspace_id, name, limit)
    if as_json:
        click.echo(json.dumps([asdict(each) for each in ranked], indent=2))
    elif ranked:
        Terminal().print(_accounts_table(name, ranked))
    else:
        [model] = [each for each in models if each.definition == name]
        remedy = " --unused lists accounts by it all the same."
        click.echo(f"{model.reason}{'' if model.model is None or unused else remedy}", err=True)


def _list_unused(
    settings: Settings, state: State, workspace_id: int, definition: str, limit: int
) -> list[RankedAccount]:
    module = import_module("pql.fitted.unused")  # with libraries that other commands can spare
    asked: dict[str, Any] = {"limit": limit, "now": datetime.now(UTC)}
    with closing(reach_event_store(settings, state)) as store, state.reading() as session:
        ranked: list[RankedAccount] = module.list_unused(
            store, session, workspace_id, definition, **asked
        )
    return ranked


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
    screened = (model.evaluation or {}).get("screened", {})
    yield from (f"  {line}" for line in _trials(screened))
    for each in screened.get("left_out", ()):
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


def _trials(screened: dict[str, Any]) -> Iterator[str]:
    """To which trials it was fitted and on which it was judged; regimes, drift and the like."""
    yield from (f"warning: {sentence}" for sentence in screened.get("alarms", ()))
    yield from (f"note: {sentence}" for sentence in screened.get("notices", ()))
    for name, does in (("earlier", "fitted to"), ("later", "judged on")):
        if (period := screened.get(name)) and period["units"]:
            began = f"began from {period['first']} to {period['last']}"
            converted = f"{period['converted']:,} converted"
            yield f"{does} {period['units']:,} trials that {began}, {converted}"
    if len(regimes := screened.get("regimes", ())) > 1:
        for each in regimes:
            rate = (
                "outcomes not recorded" if each["rate"] is None else f"{each['rate']:.1%} converted"
            )
            looked_at = "" if each["is_searched"] else "; not looked at"
            began = f"began from {each['first']} to {each['last']}"
            yield f"{each['accounts']:,} trials {began}: {rate}{looked_at}"


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

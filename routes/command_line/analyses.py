"""`pql analyses list`, `show` and `cancel`."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime

import click

from pql.analyses import STATES, AnalysisSummary, cancel, list_analyses, show_analysis
from pql.paging import LARGEST_PAGE
from pql.settings import Settings
from pql.state.opening import opened_state
from pql.workspaces import find_workspace
from routes.command_line.options import json_option, workspace_option
from routes.console import Listing, Terminal


@click.group()
def analyses() -> None:
    """Long work that was asked for over the API: how far it is, its result, cancelling it."""


@analyses.command(name="list")
@workspace_option
@click.option("--state", "wanted", type=click.Choice(STATES), help="Only in this state.")
@click.option("--limit", type=click.IntRange(1, LARGEST_PAGE), default=50, show_default=True)
@json_option
@click.pass_obj
def list_all(
    settings: Settings, workspace_name: str, wanted: str | None, limit: int, as_json: bool
) -> None:
    """List analyses, the newest first."""
    with opened_state(settings) as state, state.reading() as session:
        workspace_id = find_workspace(session, workspace_name).id
        page = list_analyses(session, workspace_id, state=wanted, limit=limit)
    if as_json:
        rows = [asdict(each) for each in page.data]
        click.echo(json.dumps({"data": rows}, default=datetime.isoformat))
        return
    table = Listing("id", "kind", "state", "progress", "requested", "by")
    for each in page.data:
        requested = f"{each.requested_at:%Y-%m-%d %H:%M:%S}"
        by = each.requested_by
        table.add_row(str(each.id), each.kind, each.state, _progress(each), requested, by)
    Terminal().print(table)


@analyses.command()
@click.argument("analysis_id", type=int)
@workspace_option
@click.pass_obj
def show(settings: Settings, analysis_id: int, workspace_name: str) -> None:
    """Show the analysis with this id (see `pql analyses list`) as JSON, with its result."""
    with opened_state(settings) as state, state.reading() as session:
        workspace_id = find_workspace(session, workspace_name).id
        found = asdict(show_analysis(session, workspace_id, analysis_id))
    shown = {**found.pop("summary"), **found}
    click.echo(json.dumps(shown, indent=2, default=datetime.isoformat))


@analyses.command(name="cancel")
@click.argument("analysis_id", type=int)
@workspace_option
@click.pass_obj
def cancel_one(settings: Settings, analysis_id: int, workspace_name: str) -> None:
    """Cancel an analysis that waits or runs."""
    with opened_state(settings) as state, state.writing() as session:
        workspace_id = find_workspace(session, workspace_name).id
        cancel(session, workspace_id, analysis_id, datetime.now(UTC))
    click.echo(f"Analysis {analysis_id} is cancelled.")


def _progress(analysis: AnalysisSummary) -> str:
    words = analysis.error or analysis.progress_text
    return f"{analysis.progress:.0%} {words}".rstrip()

"""`pql leads`, `pql leads accept` and `pql leads reject`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import astuple, fields
from datetime import UTC, datetime
from functools import partial
from typing import Any

import click
from sqlalchemy.orm import Session

from pql.leads import decisions
from pql.leads.querying import (
    DEFAULT_SORT,
    SORTS,
    LeadFilter,
    LeadSummary,
    find_lead,
    list_leads,
)
from pql.leads.stages import STAGES
from pql.paging import LARGEST_PAGE
from pql.settings import Settings
from pql.state.models import Lead, LeadMove
from pql.state.opening import opened_state
from pql.tables import csv_lines
from pql.workspaces import find_workspace
from routes.command_line.listing import as_json, every_row, is_list, list_options
from routes.command_line.options import ANY_ID, workspace_option
from routes.console import Listing, Terminal
from routes.terminal import write_for_programs

BY = "command line"


@click.group(invoke_without_command=True)
@click.option("--stage", type=click.Choice(STAGES), help="Only leads in this stage.")
@click.option("--grade", type=click.IntRange(1, 4), help="Only with this grade.")
@click.option("--account", metavar="ID", help="Only people of this account.")
@list_options(SORTS, DEFAULT_SORT, score="score", searched="e-mail address or name")
@click.pass_context
def leads(
    context: click.Context,
    /,
    workspace_name: str,
    sort: str,
    output_format: str,
    **asked: Any,
) -> None:
    """List leads with their score, stage and the reason, or decide on one."""
    if not is_list(context, workspace_name):
        return
    found = _all(context.obj, workspace_name, LeadFilter(**asked), sort)
    if output_format == "csv":
        columns = [field.name for field in fields(LeadSummary)]
        for line in csv_lines(columns, map(astuple, found)):
            write_for_programs(line)
    elif output_format == "json":
        click.echo(as_json(found))
    else:
        Terminal().print(_table(found))


@leads.command(context_settings=ANY_ID)
@click.argument("lead")
@workspace_option
@click.pass_obj
def accept(settings: Settings, lead: str, workspace_name: str) -> None:
    """Sales takes an MQL, named by e-mail address or id: it becomes SQL."""
    _decide(
        settings,
        workspace_name,
        lead,
        lambda session, row: decisions.accept(session, row, BY, datetime.now(UTC)),
    )


@leads.command(context_settings=ANY_ID)
@click.argument("lead")
@workspace_option
@click.option("--reason", required=True, help="Why; marketing learns from it.")
@click.pass_obj
def reject(settings: Settings, lead: str, workspace_name: str, reason: str) -> None:
    """Sales sends a lead back to nurture, until there is new activity."""
    _decide(
        settings,
        workspace_name,
        lead,
        lambda session, row: decisions.reject(session, row, reason, BY, datetime.now(UTC)),
    )


def _decide(
    settings: Settings,
    workspace_name: str,
    reference: str,
    decide: Callable[[Session, Lead], LeadMove],
) -> None:
    with opened_state(settings) as state, state.writing() as session:
        workspace_id = find_workspace(session, workspace_name).id
        moved = decide(session, find_lead(session, workspace_id, reference))
    click.echo(f"{reference}: {moved.from_stage} -> {moved.to_stage} ({moved.reason})")


def _all(
    settings: Settings, workspace_name: str, asked: LeadFilter, sort: str
) -> Iterator[LeadSummary]:
    with opened_state(settings) as state, state.reading() as session:
        workspace_id = find_workspace(session, workspace_name).id
        page_of = partial(list_leads, session, workspace_id, asked, sort=sort)
        yield from every_row(lambda cursor: page_of(limit=LARGEST_PAGE, cursor=cursor))


def _table(found: Iterator[LeadSummary]) -> Listing:
    table = Listing("id", "person", "stage", "score", "grade", "account", "motion", "reason")
    for one in found:
        person = one.email or one.name or one.user_id
        account = one.account_name or one.account
        cells = (
            one.id,
            person,
            one.stage,
            one.score,
            one.grade,
            account,
            one.account_motion,
            one.reason,
        )
        table.add_row(*("" if cell is None else str(cell) for cell in cells))
    return table

"""`pql accounts` and `pql accounts show`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from pql.accounts.describing import describe_account
from pql.accounts.exporting import account_lines
from pql.accounts.querying import (
    DEFAULT_SORT,
    SORTS,
    STATUSES,
    AccountFilter,
    AccountSummary,
    list_accounts,
)
from pql.paging import LARGEST_PAGE
from pql.settings import Settings
from pql.state.opening import opened_state
from pql.state.store import State
from pql.workspaces import find_workspace
from routes.api.account_schemas import AccountDescriptionSchema
from routes.command_line.account_text import CHANGES_SHOWN, account_text
from routes.command_line.options import format_option, workspace_option

MOTIONS = ("no_touch", "low_touch", "high_touch", "unknown")
PQL_STATES = ("met", "not_met", "unknown")
SCORE = click.IntRange(0, 100)


@click.group(invoke_without_command=True)
@click.option("--workspace", "workspace_name", metavar="NAME", help="Which workspace.")
@click.option("--motion", type=click.Choice(MOTIONS), help="Only accounts with this motion.")
@click.option("--status", type=click.Choice(STATUSES), help="Only accounts with this status.")
@click.option("--pql", type=click.Choice(PQL_STATES), help="Only with this PQL result.")
@click.option("--definition", metavar="NAME", help="Show the results of this definition.")
@click.option("--min-score", type=SCORE, help="Only with this usage score or more.")
@click.option("--max-score", type=SCORE, help="Only with this usage score or less.")
@click.option("--search", metavar="TEXT", help="Only with this text in name or id.")
@click.option("--sort", type=click.Choice(SORTS), default=DEFAULT_SORT, show_default=True)
@format_option
@click.pass_context
def accounts(
    context: click.Context,
    /,
    workspace_name: str | None,
    sort: str,
    output_format: str,
    **asked: Any,
) -> None:
    """List accounts with their motion, score and the reason, or show one."""
    if context.invoked_subcommand is not None:
        return
    if workspace_name is None:
        raise click.UsageError("Missing option '--workspace'.")
    with opened_state(context.obj) as state:
        with state.reading() as session:
            workspace_id = find_workspace(session, workspace_name).id
        listed = (state, workspace_id, AccountFilter(**asked), sort, datetime.now(UTC))
        if output_format == "csv":
            click.echo("".join(account_lines(*listed)), nl=False)
        elif output_format == "json":
            click.echo(
                json.dumps(
                    [asdict(one) for one in _all(*listed)], indent=2, default=datetime.isoformat
                )
            )
        else:
            Console().print(_table(_all(*listed)))


@accounts.command()
@click.argument("account", metavar="ID")
@workspace_option
@click.option(
    "--format",
    "output_format",
    type=click.Choice(("text", "json")),
    default="text",
    show_default=True,
    help="How to print it. JSON is what the API answers.",
)
@click.pass_obj
def show(settings: Settings, account: str, workspace_name: str, output_format: str) -> None:
    """Explain the account that the product calls ID: its motion and every reason for it."""
    with opened_state(settings) as state, state.reading() as session:
        described = describe_account(
            session,
            find_workspace(session, workspace_name).id,
            account,
            now=datetime.now(UTC),
            history_limit=CHANGES_SHOWN,
        )
        if output_format == "json":
            click.echo(json.dumps(AccountDescriptionSchema().dump(described), indent=2))
        else:
            click.echo(account_text(described))


def _all(
    state: State, workspace_id: int, asked: AccountFilter, sort: str, now: datetime
) -> Iterator[AccountSummary]:
    cursor: str | None = None
    with state.reading() as session:
        while True:
            page = list_accounts(
                session, workspace_id, asked, sort=sort, limit=LARGEST_PAGE, cursor=cursor, now=now
            )
            yield from page.data
            if page.next_cursor is None:
                return
            cursor = page.next_cursor


def _table(found: Iterator[AccountSummary]) -> Table:
    table = Table("account", "name", "status", "day", "people", "motion", "PQL", "score", "reason")
    for one in found:
        cells = (
            one.id,
            one.name,
            one.status,
            one.trial_day,
            one.people,
            one.motion,
            one.pql,
            one.usage_score,
            one.reason,
        )
        table.add_row(*("" if cell is None else str(cell) for cell in cells))
    return table

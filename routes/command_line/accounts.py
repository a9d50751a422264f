"""`pql accounts` and `pql accounts show`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any

import click
from rich.text import Text

from pql.accounts.exporting import account_lines
from pql.accounts.querying import (
    DEFAULT_SORT,
    SORTS,
    STATUSES,
    AccountFilter,
    AccountSummary,
    list_accounts,
)
from pql.control_characters import escaped
from pql.fitted.describing import describe_in_full
from pql.paging import LARGEST_PAGE
from pql.settings import Settings
from pql.state.opening import opened_state
from pql.state.store import State
from pql.workspaces import find_workspace
from routes.api.account_schemas import AccountDescriptionSchema
from routes.command_line.account_text import CHANGES_SHOWN, account_text
from routes.command_line.listing import as_json, every_row, is_list, list_options
from routes.command_line.options import ANY_ID, workspace_option
from routes.console import Terminal
from routes.terminal import write_for_programs
from segments.retelling import retell, retell_in_a_sentence

MOTIONS = ("no_touch", "low_touch", "high_touch", "unknown")
PQL_STATES = ("met", "not_met", "unknown")
HEADINGS = ("motion", "PQL", "score", "status", "people", "account, and why")
WIDTHS = (10, 7, 5, 14, 6)
NO_REASON = "no definition speaks of it"


@click.group(invoke_without_command=True)
@click.option("--motion", type=click.Choice(MOTIONS), help="Only accounts with this motion.")
@click.option("--status", type=click.Choice(STATUSES), help="Only accounts with this status.")
@click.option("--pql", type=click.Choice(PQL_STATES), help="Only with this PQL result.")
@click.option("--definition", metavar="NAME", help="Show the results of this definition.")
@list_options(SORTS, DEFAULT_SORT, score="usage score", searched="name or id")
@click.pass_context
def accounts(
    context: click.Context,
    /,
    workspace_name: str,
    sort: str,
    output_format: str,
    **asked: Any,
) -> None:
    """List accounts with their motion, score and the reason, or show one."""
    if not is_list(context, workspace_name):
        return
    with opened_state(context.obj) as state:
        with state.reading() as session:
            workspace_id = find_workspace(session, workspace_name).id
        listed = (state, workspace_id, AccountFilter(**asked), sort, datetime.now(UTC))
        if output_format == "csv":
            for lines in account_lines(*listed, retell_in_a_sentence):
                write_for_programs(lines)
        elif output_format == "json":
            click.echo(as_json(_all(*listed)))
        else:
            _print_list(Terminal(), _all(*listed))


@accounts.command(context_settings=ANY_ID)
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
        described = describe_in_full(
            session,
            find_workspace(session, workspace_name).id,
            account,
            now=datetime.now(UTC),
            explain=retell,
            history_limit=CHANGES_SHOWN,
        )
        if output_format == "json":
            click.echo(json.dumps(AccountDescriptionSchema().dump(described), indent=2))
        else:
            click.echo(account_text(described))


def _all(
    state: State, workspace_id: int, asked: AccountFilter, sort: str, now: datetime
) -> Iterator[AccountSummary]:
    with state.reading() as session:
        page_of = partial(
            list_accounts,
            session,
            workspace_id,
            asked,
            sort=sort,
            now=now,
            explain=retell_in_a_sentence,
        )
        yield from every_row(lambda cursor: page_of(limit=LARGEST_PAGE, cursor=cursor))


def _print_list(console: Terminal, found: Iterator[AccountSummary]) -> None:
    """Two lines an account, each cut where the terminal ends: what it gets, and why."""
    console.print(_line(*HEADINGS))
    for one in found:
        day = "" if one.trial_day is None else f" day {one.trial_day}"
        name = one.id if one.name is None else f"{one.name} ({one.id})"
        score = "-" if one.usage_score is None else str(one.usage_score)
        cells = (one.motion or "-", one.pql or "-", score, f"{one.status}{day}", str(one.people))
        for line in (_line(*cells, name), f"    {one.reason or NO_REASON}"):
            console.print(Text(escaped(line), no_wrap=True, overflow="ellipsis"))


def _line(*cells: str) -> str:
    """Cells below one another; the last one takes what is left of the line."""
    *columns, last = cells
    padded = (f"{cell:<{width}}" for cell, width in zip(columns, WIDTHS, strict=True))
    return "  ".join([*padded, last])

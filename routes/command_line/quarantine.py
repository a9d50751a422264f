"""`pql quarantine list`, `pql quarantine show` and `pql quarantine replay`."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import click

from pql.paging import LARGEST_PAGE
from pql.settings import Settings
from pql.state.opening import opened_state
from pql.words import counted
from pql.workspaces import find_workspace
from routes.command_line.options import json_option, workspace_option
from routes.console import Listing, Terminal
from usage_ingest.quarantine.listing import (
    QuarantineFilter,
    count_reasons,
    list_quarantine,
    show_quarantined,
)
from usage_ingest.quarantine.mending import (
    CASTS,
    CastUnknown,
    MendingRules,
    PathInvalid,
    require_paths,
)
from usage_ingest.quarantine.replaying import Replay, Replaying, Selection, SelectionMissing

BY = "command line"

reason_option = click.option("--reason", metavar="CODE", help="Only with this reason.")
source_option = click.option("--source", "source_id", type=int, metavar="ID", help="Only this key.")
since_option = click.option(
    "--since", type=click.DateTime(), help="Only received at this time (UTC) or later."
)


@click.group()
def quarantine() -> None:
    """Events that could not be stored: look at them, mend them, send them through again."""


@quarantine.command(name="list")
@workspace_option
@reason_option
@source_option
@since_option
@click.option("--limit", type=click.IntRange(1, LARGEST_PAGE), default=50, show_default=True)
@json_option
@click.pass_obj
def list_events(
    settings: Settings, /, *, workspace_name: str, limit: int, as_json: bool, **asked: Any
) -> None:
    """List what is in quarantine, the newest first, with how many there are of each reason."""
    with opened_state(settings) as state, state.reading() as session:
        workspace_id = find_workspace(session, workspace_name).id
        page = list_quarantine(session, workspace_id, _filter(**asked), limit=limit)
        reasons = count_reasons(session, workspace_id, _filter(**asked))
    if as_json:
        rows = [asdict(each) for each in page.data]
        click.echo(json.dumps({"data": rows, "reasons": reasons}, default=datetime.isoformat))
        return
    table = Listing("id", "reason", "events", "source", "received", "what is wrong")
    for each in page.data:
        received = f"{each.received_at:%Y-%m-%d %H:%M:%S}"
        events = f"{each.events:,}"
        table.add_row(str(each.id), each.reason, events, each.source or "", received, each.detail)
    Terminal().print(table)
    Terminal().print(_table("reason", reasons))


@quarantine.command()
@click.argument("quarantined_id", type=int)
@workspace_option
@click.pass_obj
def show(settings: Settings, quarantined_id: int, workspace_name: str) -> None:
    """Show the event with this id (see `pql quarantine list`) as JSON, with what was sent."""
    with opened_state(settings) as state, state.reading() as session:
        workspace_id = find_workspace(session, workspace_name).id
        found = asdict(show_quarantined(session, workspace_id, quarantined_id))
    shown = {**found.pop("summary"), **found}
    click.echo(json.dumps(shown, indent=2, default=datetime.isoformat))


@quarantine.command()
@workspace_option
@click.option("--id", "ids", type=int, multiple=True, help="Only this event; may be repeated.")
@reason_option
@source_option
@since_option
@click.option("--rename", multiple=True, metavar="OLD=NEW", help="Rename a field, by path.")
@click.option("--remove", multiple=True, metavar="PATH", help="Take a field out.")
@click.option("--set", "put", multiple=True, metavar="PATH=VALUE", help="Set a field.")
@click.option("--default", multiple=True, metavar="PATH=VALUE", help="Set it where it is missing.")
@click.option(
    "--cast", multiple=True, metavar="PATH=KIND", help=f"Make it {', '.join(CASTS)}, if it can be."
)
@click.option("--dry-run", is_flag=True, help="Show what would come of it, and do nothing.")
@json_option
@click.pass_obj
def replay(
    settings: Settings,
    /,
    *,
    workspace_name: str,
    ids: tuple[int, ...],
    reason: str | None,
    source_id: int | None,
    since: datetime | None,
    dry_run: bool,
    as_json: bool,
    **mending: tuple[str, ...],
) -> None:
    """Send events through again, mended. PATH is names joined by dots, VALUE is JSON or text."""
    rules = _rules(**mending)
    try:
        selection = Selection(ids or None, _filter(reason, source_id, since))
    except SelectionMissing as error:
        raise click.UsageError("Say which: --id, --reason, --source or --since.") from error
    with opened_state(settings) as state:
        with state.reading() as session:
            workspace_id = find_workspace(session, workspace_name).id
        replaying = Replaying(state, settings, workspace_id)
        prepared = (
            replaying.preview(selection, rules)
            if dry_run
            else replaying.replay(selection, rules, BY, datetime.now(UTC))
        )
    if as_json:
        click.echo(json.dumps(asdict(prepared), default=datetime.isoformat))
    else:
        _show(prepared, dry_run=dry_run)


def _filter(reason: str | None, source_id: int | None, since: datetime | None) -> QuarantineFilter:
    return QuarantineFilter(reason, source_id, since.replace(tzinfo=UTC) if since else None)


def _rules(
    rename: tuple[str, ...],
    remove: tuple[str, ...],
    put: tuple[str, ...],
    default: tuple[str, ...],
    cast: tuple[str, ...],
) -> MendingRules:
    rules = MendingRules(
        rename=dict(map(_pair, rename)),
        remove=remove,
        set={path: _value(text) for path, text in map(_pair, put)},
        default={path: _value(text) for path, text in map(_pair, default)},
        cast=dict(map(_pair, cast)),
    )
    try:
        require_paths(rules)
    except (PathInvalid, CastUnknown) as error:
        raise click.UsageError(str(error)) from error
    return rules


def _pair(text: str) -> tuple[str, str]:
    path, equals, value = text.partition("=")
    if not equals:
        raise click.UsageError(f"found {text!r}; allowed: PATH=VALUE")
    return path, value


def _value(text: str) -> Any:
    """What a shell makes hard to write is text without its quotes; anything else is JSON."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _show(prepared: Replay, *, dry_run: bool) -> None:
    table = Listing("id", "outcome", "event", "what is wrong")
    for each in prepared.expected:
        event = " ".join(filter(None, (each.kind, each.name, each.user_id, each.account)))
        table.add_row(str(each.id), each.outcome, event, each.detail or "")
    Terminal().print(table)
    Terminal().print(_table("outcome", prepared.outcomes))
    selected = counted(prepared.selected, "event")
    click.echo(
        f"{selected} would be sent through again."
        if dry_run
        else f"Sent through again: {selected}."
    )
    if prepared.unreadable:
        click.echo(f"{prepared.unreadable} are left out: nobody can read them.")
    if prepared.more:
        click.echo("There are more: ask again when these are through.")


def _table(title: str, counts: Any) -> Listing:
    table = Listing(title, "events")
    table.columns[1].justify = "right"
    for name, number in counts.items():
        table.add_row(name, f"{number:,}")
    return table

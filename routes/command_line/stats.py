"""`pql stats`."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime

import click

from pql.counting import Counts, count
from pql.lag import lag_warnings, read_lag
from pql.settings import Settings
from pql.state.opening import opened_state
from pql.workspaces import find_workspace
from routes.command_line.options import json_option, workspace_option
from routes.console import Listing, Terminal
from usage_ingest.store_check import reach_event_store

MEANINGS = {
    "journaled": "events acknowledged",
    "pending": "of these, not in the event store yet",
    "stored": "in the event store",
    "duplicates": "dropped: the message was there already",
    "quarantined": "set aside with a reason",
    "expired": "of these, let go after QUARANTINE_DAYS",
    "lost": "were stored, and are gone from the event store",
    "accounts": "accounts known",
    "waiting": "accounts and contacts to be evaluated",
}


@click.command()
@workspace_option
@json_option
@click.pass_obj
def stats(settings: Settings, workspace_name: str, as_json: bool) -> None:
    """Count what became of the events, in the stores themselves. Works while the service runs.

    Says what is wrong where the worker is behind, with the events of whichever workspace.
    """
    with opened_state(settings) as state:
        with state.reading() as session:
            workspace_id = find_workspace(session, workspace_name).id
        store = reach_event_store(settings, state)
        try:
            counts = count(state, store, workspace_id)
        finally:
            store.close()
        warnings = lag_warnings(read_lag(state), datetime.now(UTC), settings.lease_seconds)
    if as_json:
        click.echo(json.dumps(asdict(counts) | {"warnings": warnings}))
        return
    Terminal().print(_table(counts))
    for warning in warnings:
        click.echo(f"Warning: {warning}.")


def _table(counts: Counts) -> Listing:
    table = Listing("what", "count", "meaning")
    table.columns[1].justify = "right"
    numbers = asdict(counts)
    below = {
        "stored": (numbers.pop("notes"), "of these, with this note"),
        "quarantined": (numbers.pop("reasons"), "of these, for this reason"),
    }
    for name, number in numbers.items():
        table.add_row(name, f"{number:,}", MEANINGS[name])
        parts, meaning = below.get(name, ({}, ""))
        for part, events in parts.items():
            table.add_row(f"  {part}", f"{events:,}", meaning)
    return table

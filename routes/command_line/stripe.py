"""`pql stripe`: the endpoint's secrets, past events, and whose customer is which account."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click

from pql.paging import LARGEST_PAGE
from pql.settings import Settings
from pql.state.opening import opened_state
from pql.workspaces import find_workspace
from routes.command_line.options import json_option, workspace_option
from routes.console import Listing, Terminal
from routes.secret_key import installation_folder
from usage_ingest.billing import customers as billing_customers
from usage_ingest.billing.customers import STATES, Customer, list_customers
from usage_ingest.billing.endpoint_secrets import EndpointSecrets
from usage_ingest.billing.keeping import keep_event
from usage_ingest.billing.stripe_events import EventUnreadable, ProviderEvent, read_event

BY = "command line"
WITHIN_SECONDS = "The account's history follows within seconds, by the worker."


@click.group()
def stripe() -> None:
    """Stripe: secrets of the webhook endpoint, past events, and whose customer is which account."""


NO_CUSTOMER = "No customer. Stripe has sent no event yet that tells who pays: docs/stripe.md"


@stripe.command(name="add-secret")
@workspace_option
@click.pass_obj
def add_secret(settings: Settings, workspace_name: str) -> None:
    """Take the endpoint's signing secret (whsec_...), which is asked for or read from a pipe.

    A second one may be there while Stripe changes from one to the other.
    """
    _require_workspace(settings, workspace_name)
    is_typed = sys.stdin.isatty()
    secret: str = click.prompt("Signing secret", hide_input=True) if is_typed else sys.stdin.read()
    _secrets(settings).add(workspace_name, secret.strip(), datetime.now(UTC))
    click.echo(f"Kept. Stripe sends to https://THIS-SERVICE/v1/stripe/{workspace_name}")


@stripe.command(name="remove-secret")
@click.argument("ending")
@workspace_option
@click.pass_obj
def remove_secret(settings: Settings, ending: str, workspace_name: str) -> None:
    """Take the secret that ends so no more (see `pql stripe secrets`)."""
    _secrets(settings).remove(workspace_name, ending)
    click.echo("Removed. What is signed with it is refused from now on.")


@stripe.command()
@workspace_option
@click.pass_obj
def secrets(settings: Settings, workspace_name: str) -> None:
    """List the secrets by their last four characters, the newest first."""
    table = Listing("ends with", "added")
    for ending, at in _secrets(settings).added(workspace_name).items():
        table.add_row(ending, at[:16])
    Terminal().print(table)


@stripe.command(name="import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@workspace_option
@click.pass_obj
def import_events(settings: Settings, file: Path, workspace_name: str) -> None:
    """Take past events from a file of JSON Lines, one of Stripe's events a line. Again: no harm."""
    new = known = unused = 0
    with opened_state(settings) as state:
        with state.reading() as session:
            workspace_id = find_workspace(session, workspace_name).id
        with file.open("rb") as opened:
            for number, line in enumerate(opened, 1):
                event = _read_line(line, number) if line.strip() else None
                if event is None:
                    unused += bool(line.strip())
                    continue
                with state.writing() as session:
                    is_new = keep_event(session, workspace_id, event, datetime.now(UTC))
                new, known = new + is_new, known + (not is_new)
    click.echo(f"{new} events kept, {known} were there, {unused} tell nothing of who pays.")


@stripe.command()
@workspace_option
@click.option("--state", type=click.Choice(STATES), help="Only those in this state.")
@click.option("--limit", type=click.IntRange(1, LARGEST_PAGE), default=50, show_default=True)
@json_option
@click.pass_obj
def customers(
    settings: Settings, workspace_name: str, *, state: str | None, limit: int, as_json: bool
) -> None:
    """List Stripe's customers: whose account each is, or what it waits for."""
    with opened_state(settings) as store, store.reading() as session:
        workspace_id = find_workspace(session, workspace_name).id
        page = list_customers(session, workspace_id, state=state, limit=limit)
    if as_json:
        rows = [asdict(each) for each in page.data]
        click.echo(json.dumps(rows, default=datetime.isoformat))
        return
    if not page.data:
        click.echo(f"No customer is in the state {state}." if state else NO_CUSTOMER)
        return
    table = Listing("customer", "state", "account", "known by, or waits because", "events")
    for each in page.data:
        accounts = each.account or ", ".join(each.candidates)
        known = each.linked_by or each.why
        table.add_row(each.customer_id, each.state, accounts, known, str(each.events))
    Terminal().print(table)


@stripe.command()
@click.argument("customer_id")
@click.argument("account")
@workspace_option
@click.pass_obj
def link(settings: Settings, customer_id: str, account: str, workspace_name: str) -> None:
    """This customer is that account."""
    with opened_state(settings) as state, state.writing() as session:
        owner, now = find_workspace(session, workspace_name).id, datetime.now(UTC)
        done = billing_customers.link(session, owner, customer_id, account, by=BY, now=now)
    _say(done)


@stripe.command()
@click.argument("customer_id")
@click.argument("account")
@workspace_option
@click.pass_obj
def unlink(settings: Settings, customer_id: str, account: str, workspace_name: str) -> None:
    """This customer is not that account, whatever its metadata say. It is not asked again."""
    with opened_state(settings) as state, state.writing() as session:
        owner, now = find_workspace(session, workspace_name).id, datetime.now(UTC)
        done = billing_customers.unlink(session, owner, customer_id, account, now)
    _say(done)


def _say(done: Customer) -> None:
    whose = f"is account {done.account}" if done.account is not None else "is no account's"
    click.echo(f"{done.customer_id} {whose} now.")
    click.echo(WITHIN_SECONDS)


def _read_line(line: bytes, number: int) -> ProviderEvent | None:
    try:
        return read_event(line)
    except EventUnreadable as error:
        raise click.ClickException(f"line {number}: {error}") from error


def _secrets(settings: Settings) -> EndpointSecrets:
    return EndpointSecrets(installation_folder(settings))


def _require_workspace(settings: Settings, name: str) -> None:
    with opened_state(settings) as state, state.reading() as session:
        find_workspace(session, name)

"""`pql stores`: whether the stores belong together, and going on without what one of them lost."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from pql.events.store import EventStoreBusy, EventStoreDamaged
from pql.settings import Settings
from pql.state.damage import StateDamaged
from pql.state.journal_file import check_journal
from pql.state.opening import opened_without_journal
from pql.state.store import State
from pql.state.store_record import read_record
from usage_ingest.store_check import EventStoreMismatch, check_event_store
from usage_ingest.store_mending import find_losses, go_on


@click.group()
def stores() -> None:
    """Look whether state, journal and event store belong together."""


@stores.command()
@click.pass_obj
def check(settings: Settings) -> None:
    """Say of each store whether it is fit, while the service runs or not; exit code 1 if not."""
    with opened_without_journal(settings) as state:
        problems = {
            "state": "",
            "journal": _problem_of_journal(state),
            "event store": _problem_of_event_store(settings, state),
        }
    for name, problem in problems.items():
        click.echo(f"{name}: {problem or 'fit'}")
    if any(problems.values()):
        raise SystemExit(1)


@stores.command("accept-loss")
@click.option("--yes", is_flag=True, help="Do it. Without it, only what would be lost is shown.")
@click.pass_obj
def accept_loss(settings: Settings, yes: bool) -> None:
    """Go on with what is left of a damaged journal or event store. Stop the service before."""
    losses = find_losses(settings)
    if not losses:
        click.echo("Nothing is lost: journal and event store are fit.")
        return
    for loss in losses:
        click.echo(f"{loss.problem}\n  Lost for good: {loss.lost}.")
    if not yes:
        raise click.ClickException("nothing was changed; --yes goes on without what is lost")
    for file in go_on(settings, datetime.now(UTC)):
        click.echo(f"The old file is kept as {file}.")
    click.echo("Journal and event store are fit; every account is evaluated again.")


def _problem_of_journal(state: State) -> str:
    try:
        check_journal(state)
    except StateDamaged as error:
        return str(error)
    return ""


def _problem_of_event_store(settings: Settings, state: State) -> str:
    try:
        check_event_store(settings, state)
    except (EventStoreBusy, EventStoreDamaged, EventStoreMismatch) as error:
        return str(error)
    with state.reading() as session:
        return read_record(session).problem

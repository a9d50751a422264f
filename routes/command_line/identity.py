"""`pql identity`: who may be one person, who was made one, and who is not after all."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime

import click

from pql.control_characters import escaped
from pql.paging import LARGEST_PAGE
from pql.settings import Settings
from pql.state.opening import opened_state
from pql.workspaces import find_workspace
from routes.command_line.options import json_option, workspace_option
from routes.console import Listing, Terminal
from usage_ingest.identity.merges import OPEN, STATES
from usage_ingest.identity_reviews.decisions import Decider
from usage_ingest.identity_reviews.listing import (
    MergeEntry,
    Person,
    Review,
    list_merges,
    list_reviews,
    show_merge,
    show_review,
)

BY = "command line"
WITHIN_SECONDS = "Stored events follow within seconds, while a worker runs."

limit_option = click.option(
    "--limit", type=click.IntRange(1, LARGEST_PAGE), default=50, show_default=True
)


@click.group()
def identity() -> None:
    """Who is one person: decide about links of two users, and undo merges."""


@identity.command()
@workspace_option
@click.option("--state", type=click.Choice(STATES), default=OPEN, show_default=True)
@limit_option
@json_option
@click.pass_obj
def reviews(
    settings: Settings, workspace_name: str, *, state: str, limit: int, as_json: bool
) -> None:
    """List links of two users, the newest first: each waits for a decision, or was decided."""
    with opened_state(settings) as store, store.reading() as session:
        workspace_id = find_workspace(session, workspace_name).id
        page = list_reviews(session, workspace_id, state=state, limit=limit)
    if as_json:
        _print_json(page.data)
        return
    table = Listing("id", "would be merged", "into", "asked by", "times", "last asked")
    for each in page.data:
        asked_by = " ".join(filter(None, (each.kind, each.message_id, each.source)))
        last = f"{each.last_asked_at:%Y-%m-%d %H:%M:%S}"
        people = (_described(each.origin), _described(each.target))
        table.add_row(str(each.id), *people, asked_by, str(each.times), last)
    Terminal().print(table)


@identity.command()
@workspace_option
@limit_option
@json_option
@click.pass_obj
def merges(settings: Settings, workspace_name: str, *, limit: int, as_json: bool) -> None:
    """List merges, the newest first, with what brought each about."""
    with opened_state(settings) as store, store.reading() as session:
        workspace_id = find_workspace(session, workspace_name).id
        page = list_merges(session, workspace_id, limit=limit)
    if as_json:
        _print_json(page.data)
        return
    table = Listing("id", "merged", "into", "by", "at", "undone")
    for each in page.data:
        by = " ".join(filter(None, (each.merged_by, each.why, each.message_id)))
        undone = f"{each.undone_at:%Y-%m-%d %H:%M:%S} {each.undone_by}" if each.undone_at else ""
        people = (_described(each.origin), _described(each.target))
        table.add_row(str(each.id), *people, by, f"{each.merged_at:%Y-%m-%d %H:%M:%S}", undone)
    Terminal().print(table)


@identity.command()
@click.argument("review_id", type=int)
@workspace_option
@click.pass_obj
def merge(settings: Settings, review_id: int, workspace_name: str) -> None:
    """The two of this review are one person (see `pql identity reviews`)."""
    with _deciding(settings, workspace_name) as decider:
        merge_id = decider.merge(review_id)
        done = show_merge(decider.session, decider.workspace_id, merge_id)
    click.echo(f"Merge {merge_id}: {_described(done.origin)} is {_described(done.target)}.")
    click.echo(WITHIN_SECONDS)


@identity.command(name="keep-apart")
@click.argument("review_id", type=int)
@workspace_option
@click.pass_obj
def keep_apart(settings: Settings, review_id: int, workspace_name: str) -> None:
    """The two of this review are not one person, whatever events say. It is not asked again."""
    with _deciding(settings, workspace_name) as decider:
        decider.keep_apart(review_id)
        done = show_review(decider.session, decider.workspace_id, review_id)
    click.echo(f"{_described(done.origin)} and {_described(done.target)} are kept apart.")


@identity.command()
@click.argument("merge_id", type=int)
@workspace_option
@click.pass_obj
def undo(settings: Settings, merge_id: int, workspace_name: str) -> None:
    """Give both contacts of a merge back what was theirs, and keep them apart."""
    with _deciding(settings, workspace_name) as decider:
        decider.undo(merge_id)
        done = show_merge(decider.session, decider.workspace_id, merge_id)
    click.echo(f"{_described(done.origin)} and {_described(done.target)} are two again.")
    click.echo(WITHIN_SECONDS)


@contextmanager
def _deciding(settings: Settings, workspace_name: str) -> Iterator[Decider]:
    with opened_state(settings) as state, state.writing() as session:
        workspace_id = find_workspace(session, workspace_name).id
        yield Decider(session, workspace_id, BY, datetime.now(UTC))


def _described(person: Person) -> str:
    known_as = person.user_id or person.email or next(iter(person.ids), "nobody")
    return escaped(f"{known_as} ({person.account})" if person.account else known_as)


def _print_json(rows: Sequence[Review] | Sequence[MergeEntry]) -> None:
    click.echo(json.dumps([asdict(each) for each in rows], default=datetime.isoformat))

"""The queue of changes: marked once or often, an evaluation takes off only what it has seen."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from pql import changes
from pql.changes import (
    ACCOUNT,
    BACKLOG,
    CONTACT,
    finish_changes,
    mark_changed,
    mark_everything_changed,
    set_aside,
    take_changes,
)
from pql.state.models import Account, Change, Contact, Workspace
from pql.state.store import State

NOW = datetime(2026, 3, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def add_workspace(session: Session, name: str, accounts: int, contacts: int) -> int:
    workspace = Workspace(name=name, created_at=NOW)
    session.add(workspace)
    session.flush()
    seen = {"workspace_id": workspace.id, "first_seen_at": NOW, "last_seen_at": NOW}
    session.add_all(Account(key=f"{name}-{number}", **seen) for number in range(accounts))
    session.add_all(Contact(user_id=f"{name}-{number}", **seen) for number in range(contacts))
    session.flush()
    return workspace.id


def queue(session: Session) -> list[tuple[int, str, int, int]]:
    rows = session.scalars(select(Change).order_by(Change.subject, Change.subject_id))
    return [(row.workspace_id, row.subject, row.subject_id, row.version) for row in rows]


def test_an_account_that_is_marked_again_waits_once_with_a_new_version(state: State) -> None:
    with state.writing() as session:
        workspace_id = add_workspace(session, "ours", accounts=0, contacts=0)
        mark_changed(session, workspace_id, ACCOUNT, [7, 5, 7], NOW)
        mark_changed(session, workspace_id, ACCOUNT, [5], NOW)
        assert queue(session) == [(workspace_id, ACCOUNT, 5, 2), (workspace_id, ACCOUNT, 7, 1)]


def test_marking_nothing_changes_nothing(state: State) -> None:
    with state.writing() as session:
        mark_changed(session, 1, ACCOUNT, [], NOW)
        finish_changes(session, [])
        assert queue(session) == []


def test_a_change_that_comes_during_the_evaluation_is_not_lost(state: State) -> None:
    with state.writing() as session:
        workspace_id = add_workspace(session, "ours", accounts=0, contacts=0)
        mark_changed(session, workspace_id, ACCOUNT, [5, 7], NOW)
        taken = take_changes(session, ACCOUNT, limit=10)
        mark_changed(session, workspace_id, ACCOUNT, [7], NOW)
        finish_changes(session, taken)
        assert queue(session) == [(workspace_id, ACCOUNT, 7, 2)]


def test_a_change_is_since_the_earliest_of_its_marks_where_all_say_since_when(
    state: State,
) -> None:
    said = dict(enumerate(itertools.product([None, NOW - HOUR, NOW - 2 * HOUR], repeat=3), 1))
    with state.writing() as session:
        workspace_id = add_workspace(session, "ours", accounts=0, contacts=0)
        for number in range(3):
            since = {each: at for each, times in said.items() if (at := times[number])}
            mark_changed(session, workspace_id, ACCOUNT, said, NOW, since)
            if number != 1:  # the second time, it is marked where it waits already
                set_aside(session, many=0)
        found = session.scalars(select(Change.since).order_by(Change.subject_id)).all()
    assert found == [
        min(known) if len(known := list(filter(None, times))) == len(times) else None
        for times in said.values()
    ]


def test_what_waits_in_the_backlog_for_an_account_is_taken_with_it(state: State) -> None:
    with state.writing() as session:
        workspace_id = add_workspace(session, "ours", accounts=0, contacts=0)
        mark_changed(session, workspace_id, ACCOUNT, [1, 2], NOW)
        set_aside(session, many=0)
        mark_changed(session, workspace_id, ACCOUNT, [2, 3], NOW)
        taken = take_changes(session, ACCOUNT, limit=10)
        assert sorted(each[1:3] for each in taken) == [(ACCOUNT, 2), (ACCOUNT, 3), (BACKLOG, 2)]
        assert finish_changes(session, taken) == {2, 3}
        assert queue(session) == [(workspace_id, BACKLOG, 1, 1)]


def test_a_backlog_that_comes_during_the_evaluation_of_an_account_is_not_lost(state: State) -> None:
    with state.writing() as session:
        workspace_id = add_workspace(session, "ours", accounts=0, contacts=0)
        mark_changed(session, workspace_id, ACCOUNT, [1, 2], NOW)
        set_aside(session, many=0)
        mark_changed(session, workspace_id, ACCOUNT, [1, 2], NOW)
        taken = take_changes(session, ACCOUNT, limit=10)
        mark_changed(session, workspace_id, ACCOUNT, [2, 3], NOW)
        set_aside(session, many=0)
        finish_changes(session, taken)
        assert [row[1:] for row in queue(session)] == [
            (BACKLOG, 1, 2),
            (BACKLOG, 2, 2),
            (BACKLOG, 3, 1),
        ]


def test_accounts_and_contacts_are_taken_apart_and_not_more_than_asked_for(state: State) -> None:
    with state.writing() as session:
        workspace_id = add_workspace(session, "ours", accounts=0, contacts=0)
        mark_changed(session, workspace_id, ACCOUNT, [3, 1, 2], NOW)
        mark_changed(session, workspace_id, CONTACT, [1], NOW)
        taken = take_changes(session, ACCOUNT, limit=2)
        assert [(change.subject, change.subject_id) for change in taken] == [
            (ACCOUNT, 1),
            (ACCOUNT, 2),
        ]


def test_new_definitions_mark_every_account_and_contact_of_their_workspace_alone(
    state: State,
) -> None:
    with state.writing() as session:
        ours = add_workspace(session, "ours", accounts=2, contacts=3)
        add_workspace(session, "strangers", accounts=1, contacts=1)
        mark_everything_changed(session, ours, NOW)
        mark_everything_changed(session, ours, NOW)
        rows = queue(session)
    assert [row[0] for row in rows] == [ours] * 5
    assert [row[1] for row in rows] == [ACCOUNT] * 2 + [CONTACT] * 3
    assert {row[3] for row in rows} == {2}


def test_of_a_large_workspace_every_account_is_the_backlog_at_once(
    state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "MANY", 2)
    with state.writing() as session:
        small = add_workspace(session, "small", accounts=2, contacts=0)
        large = add_workspace(session, "large", accounts=3, contacts=1)
        mark_everything_changed(session, small, NOW)
        mark_everything_changed(session, large, NOW)
        rows = queue(session)
    assert [row[:2] for row in rows] == [
        *[(small, ACCOUNT)] * 2,
        *[(large, BACKLOG)] * 3,
        (large, CONTACT),
    ]


def test_many_accounts_that_change_at_once_are_the_backlog_and_contacts_never_are(
    state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "MANY", 2)
    with state.writing() as session:
        workspace_id = add_workspace(session, "ours", accounts=0, contacts=0)
        mark_changed(session, workspace_id, ACCOUNT, [1, 2], NOW)
        mark_changed(session, workspace_id, ACCOUNT, [3, 4, 5], NOW)
        mark_changed(session, workspace_id, CONTACT, [6, 7, 8], NOW)
        rows = queue(session)
    assert [row[1:3] for row in rows] == [
        *[(ACCOUNT, each) for each in (1, 2)],
        *[(BACKLOG, each) for each in (3, 4, 5)],
        *[(CONTACT, each) for each in (6, 7, 8)],
    ]

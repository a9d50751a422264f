"""Keys and workspaces: shown once, kept as a digest, closed for good."""

from datetime import UTC, datetime, timedelta

import pytest

from pql.access import (
    KeyNameInvalid,
    KeyUnknown,
    ScopeUnknown,
    create_key,
    find_key,
    list_keys,
    may,
    revoke_key,
)
from pql.state.store import State
from pql.workspaces import (
    WorkspaceExists,
    WorkspaceNameInvalid,
    WorkspaceUnknown,
    create_workspace,
    find_workspace,
)

NOW = datetime(2026, 9, 1, 8, tzinfo=UTC)


@pytest.fixture
def workspace_id(state: State) -> int:
    with state.writing() as session:
        return create_workspace(session, "owner", NOW).id


def test_a_key_is_found_by_its_text_and_kept_only_as_a_digest(
    state: State, workspace_id: int
) -> None:
    with state.writing() as session:
        key, plain_text = create_key(session, workspace_id, "website", "write", NOW)
    assert plain_text.startswith("pql_write_")
    assert len(plain_text) == len("pql_write_") + 43
    with state.reading() as session:
        found = find_key(session, plain_text)
        assert found is not None
        assert (found.id, found.workspace_id) == (key.id, workspace_id)
        assert found.hint == f"pql_write_...{plain_text[-4:]}"
        assert plain_text not in {found.digest, found.hint, found.name}


@pytest.mark.parametrize("text", ["", "pql_write_", "\ud800", "a\x00b", "é" * 10_000])
def test_a_wrong_key_is_not_found(state: State, workspace_id: int, text: str) -> None:
    with state.writing() as session:
        create_key(session, workspace_id, "website", "write", NOW)
        assert find_key(session, text) is None


def test_a_revoked_key_is_not_found_but_listed(state: State, workspace_id: int) -> None:
    with state.writing() as session:
        key, plain_text = create_key(session, workspace_id, "website", "write", NOW)
        revoke_key(session, workspace_id, key.id, NOW)
        revoke_key(session, workspace_id, key.id, NOW + timedelta(days=1))
    with state.reading() as session:
        assert find_key(session, plain_text) is None
        assert [(k.hint, k.revoked_at) for k in list_keys(session, workspace_id)] == [
            (key.hint, NOW)
        ]


def test_a_stranger_cannot_list_or_revoke_a_key(state: State, workspace_id: int) -> None:
    with state.writing() as session:
        stranger_id = create_workspace(session, "stranger", NOW).id
        key, plain_text = create_key(session, workspace_id, "website", "write", NOW)
        with pytest.raises(KeyUnknown):
            revoke_key(session, stranger_id, key.id, NOW)
        assert list(list_keys(session, stranger_id)) == []
        assert find_key(session, plain_text) is not None


@pytest.mark.parametrize(
    ("scope", "allowed"),
    [("write", {"write"}), ("read", {"read"}), ("admin", {"write", "read", "admin"})],
)
def test_a_scope_allows_what_it_names(
    state: State, workspace_id: int, scope: str, allowed: set[str]
) -> None:
    with state.writing() as session:
        key, _ = create_key(session, workspace_id, "website", scope, NOW)
    assert {asked for asked in ("write", "read", "admin") if may(key, asked)} == allowed


def test_a_key_needs_a_known_scope_and_a_name(state: State, workspace_id: int) -> None:
    with state.writing() as session:
        with pytest.raises(ScopeUnknown, match="write, read, admin"):
            create_key(session, workspace_id, "website", "owner", NOW)
        for name in ("", "  ", "x" * 101):
            with pytest.raises(KeyNameInvalid):
                create_key(session, workspace_id, name, "read", NOW)


@pytest.mark.parametrize("name", ["", " ", " a", "a ", "a\n", "a\u200b", "\0", "a" * 101])
def test_a_workspace_name_is_one_visible_line(state: State, name: str) -> None:
    with state.writing() as session, pytest.raises(WorkspaceNameInvalid, match="printable"):
        create_workspace(session, name, NOW)


@pytest.mark.parametrize("name", ["a", "Mail Tool 2", "été", "a" * 100])
def test_a_workspace_is_called_what_its_people_call_it(state: State, name: str) -> None:
    with state.writing() as session:
        assert create_workspace(session, name, NOW).name == name


def test_a_workspace_is_found_by_its_name_once(state: State, workspace_id: int) -> None:
    with state.writing() as session:
        assert find_workspace(session, "owner").id == workspace_id
        with pytest.raises(WorkspaceExists):
            create_workspace(session, "owner", NOW)
        with pytest.raises(WorkspaceUnknown, match="known: owner"):
            find_workspace(session, "someone")

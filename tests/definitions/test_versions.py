"""Applied versions: the same text makes no new one, each workspace has its own."""

from datetime import UTC, datetime

import pytest

from pql.definitions.reading import DefinitionError, read_definitions
from pql.definitions.versions import apply, current, history, starter
from pql.state.models import Workspace
from pql.state.store import State

NOW = datetime(2026, 3, 1, tzinfo=UTC)
FIRST = "metrics:\n  a: {event: e, aggregate: count, window: whole trial}\n"
SECOND = "metrics:\n  b: {event: e, aggregate: count, window: whole trial}\n"


@pytest.fixture
def workspaces(state: State) -> tuple[int, int]:
    """The owner's and a stranger's."""
    owner, stranger = (Workspace(name=name, created_at=NOW) for name in ("owner", "stranger"))
    with state.writing() as session:
        session.add_all([owner, stranger])
    return owner.id, stranger.id


def test_a_workspace_without_definitions_has_those_it_starts_with(
    state: State, workspaces: tuple[int, int]
) -> None:
    with state.reading() as session:
        applied = current(session, workspaces[0])
    assert applied.number == 0
    assert applied.file == read_definitions(starter(), "starter.yaml")


def test_the_newest_version_is_in_force_and_all_are_kept(
    state: State, workspaces: tuple[int, int]
) -> None:
    owner, stranger = workspaces
    with state.writing() as session:
        for text in (FIRST, SECOND, FIRST):
            apply(session, owner, text, "growth.yaml", NOW, "someone")
        assert [version.number for version in history(session, owner)] == [3, 2, 1]
        assert list(current(session, owner).file.metrics) == ["a"]
        assert current(session, owner).number == 3
        assert history(session, stranger) == []
        assert current(session, stranger).number == 0


def test_the_text_that_is_in_force_makes_no_new_version(
    state: State, workspaces: tuple[int, int]
) -> None:
    with state.writing() as session:
        first = apply(session, workspaces[0], FIRST, "growth.yaml", NOW, "someone")
        again = apply(session, workspaces[0], FIRST, "other.yaml", NOW, "someone else")
        assert again is first


def test_a_file_with_problems_is_not_applied(state: State, workspaces: tuple[int, int]) -> None:
    with state.writing() as session:
        with pytest.raises(DefinitionError):
            apply(session, workspaces[0], "metrics: 3", "growth.yaml", NOW, "someone")
        assert history(session, workspaces[0]) == []

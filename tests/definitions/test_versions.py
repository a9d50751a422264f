"""Applied versions: the same text makes no new one, each workspace has its own."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

import pytest

from pql.definitions.reading import DefinitionError, read_definitions
from pql.definitions.versions import apply, current, find, history, revert, starter
from pql.state.models import Workspace
from pql.state.store import State
from pql.versioned_texts import VersionOutdated, VersionUnknown

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


def test_a_version_keeps_what_it_changed_and_why(state: State, workspaces: tuple[int, int]) -> None:
    with state.writing() as session:
        apply(session, workspaces[0], FIRST, "growth.yaml", NOW, "someone")
        apply(session, workspaces[0], SECOND, "growth.yaml", NOW, "someone", message="b tells more")
        second, first = history(session, workspaces[0])
        assert (first.message, first.changes) == ("", "")
        assert second.message == "b tells more"
        assert second.changes == "metrics: 1 added, 1 removed"


def test_an_older_version_comes_back_as_a_new_one(
    state: State, workspaces: tuple[int, int]
) -> None:
    with state.writing() as session:
        for text in (FIRST, SECOND):
            apply(session, workspaces[0], text, "growth.yaml", NOW, "someone")
        back = revert(session, workspaces[0], 1, NOW, "someone else")
        assert (back.number, back.content, back.message) == (3, FIRST, "back to version 1")
        assert find(session, workspaces[0], 2).content == SECOND


def test_a_strangers_version_is_not_found(state: State, workspaces: tuple[int, int]) -> None:
    with state.writing() as session:
        apply(session, workspaces[0], FIRST, "growth.yaml", NOW, "someone")
        with pytest.raises(VersionUnknown, match="no version 1; none was applied yet"):
            find(session, workspaces[1], 1)
        with pytest.raises(VersionUnknown, match="no version 2; the newest is 1"):
            revert(session, workspaces[0], 2, NOW, "someone")


def test_who_changes_an_outdated_version_is_told_and_overwrites_nothing(
    state: State, workspaces: tuple[int, int]
) -> None:
    own = workspaces[0]
    with state.writing() as session:
        apply(session, own, FIRST, "growth.yaml", NOW, "first", expected=0)
        apply(session, own, SECOND, "growth.yaml", NOW, "second", expected=1)
        with pytest.raises(VersionOutdated, match="version 2 is in force, applied by second"):
            apply(session, own, f"{FIRST}# mine\n", "growth.yaml", NOW, "third", expected=1)
        assert current(session, own).number == 2
        assert apply(session, own, SECOND, "again.yaml", NOW, "third", expected=1).number == 2


def test_of_two_who_change_one_version_at_once_only_one_does(
    state: State, workspaces: tuple[int, int]
) -> None:
    own, at_once = workspaces[0], Barrier(2)
    with state.writing() as session:
        apply(session, own, FIRST, "growth.yaml", NOW, "someone")

    def change(name: str) -> int | str:
        at_once.wait()
        try:
            with state.writing() as session:
                text = f"{SECOND}# by {name}\n"
                return apply(session, own, text, "growth.yaml", NOW, name, expected=1).number
        except VersionOutdated as outdated:
            return str(outdated)

    with ThreadPoolExecutor(2) as people:
        first, second = sorted(people.map(change, ("one", "other")), key=str)
    assert first == 2
    assert str(second).startswith("version 2 is in force, applied by ")

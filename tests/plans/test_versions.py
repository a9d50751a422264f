"""Plans are applied as versions; violations are counted against the one in force."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from pql.definitions.problems import DefinitionError
from pql.plans import recording, versions
from pql.plans.checking import Violation
from pql.plans.recording import Seen, list_violations, record_violations
from pql.plans.versions import PlanUnknown
from pql.state.store import State
from pql.workspaces import create_workspace

NOW = datetime(2026, 6, 1, tzinfo=UTC)
TEXT = "events: {message_sent: }\n"


@pytest.fixture
def workspaces(state: State) -> tuple[int, int]:
    with state.writing() as session:
        own = create_workspace(session, "own", NOW)
        return own.id, create_workspace(session, "stranger", NOW).id


def apply(session: Session, workspace_id: int, text: str = TEXT) -> int:
    return versions.apply(session, workspace_id, text, "plan.yaml", NOW, "a test").number


def seen(event: str, kind: str = "unplanned", name: str = "", *, hours: int = 0) -> Seen:
    at = NOW + timedelta(hours=hours)
    return Seen(event, Violation(kind, name, f"found {hours}", "other things"), f"m{hours}", at)


def test_a_workspace_begins_without_a_plan(state: State, workspaces: tuple[int, int]) -> None:
    with state.reading() as session:
        assert versions.current(session, workspaces[0]) is None
        with pytest.raises(PlanUnknown):
            versions.current_version(session, workspaces[0])


def test_the_newest_version_is_in_force_for_its_workspace_only(
    state: State, workspaces: tuple[int, int]
) -> None:
    own, stranger = workspaces
    with state.writing() as session:
        assert apply(session, own) == 1
        assert apply(session, own) == 1
        assert apply(session, own, TEXT + "on_violation: quarantine") == 2
        plan = versions.current(session, own)
        assert plan is not None
        assert plan.on_violation == "quarantine"
        assert versions.current(session, stranger) is None
        assert [version.number for version in versions.history(session, own)] == [2, 1]


def test_a_bad_plan_changes_nothing(state: State, workspaces: tuple[int, int]) -> None:
    with state.writing() as session:
        apply(session, workspaces[0])
        with pytest.raises(DefinitionError):
            apply(session, workspaces[0], "events: 1")
        assert versions.current_version(session, workspaces[0]).number == 1


def test_violations_add_up_and_keep_the_latest_example(
    state: State, workspaces: tuple[int, int]
) -> None:
    own, stranger = workspaces
    with state.writing() as session:
        record_violations(session, own, [seen("a", hours=2), seen("a", hours=1)])
        record_violations(session, own, [seen("a", hours=3), seen("b", "missing", "channel")])
        record_violations(session, stranger, [seen("a")])
        frequent, rare = list_violations(session, own)
        assert (frequent.event, frequent.kind, frequent.events) == ("a", "unplanned", 3)
        assert frequent.first_seen_at == NOW + timedelta(hours=1)
        assert frequent.last_seen_at == NOW + timedelta(hours=3)
        assert frequent.example["message_id"] == "m3"
        assert (rare.event, rare.kind, rare.property) == ("b", "missing", "channel")
        assert [each.events for each in list_violations(session, stranger)] == [1]
        assert [each.event for each in list_violations(session, own, "b")] == ["b"]


def test_a_late_report_does_not_turn_last_seen_back(
    state: State, workspaces: tuple[int, int]
) -> None:
    with state.writing() as session:
        record_violations(session, workspaces[0], [seen("a", hours=5)])
        record_violations(session, workspaces[0], [seen("a", hours=1)])
        (only,) = list_violations(session, workspaces[0])
        assert only.last_seen_at == NOW + timedelta(hours=5)


def test_names_without_end_do_not_fill_the_store(
    state: State, workspaces: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "MOST_ROWS", 3)
    own = workspaces[0]
    with state.writing() as session:
        record_violations(session, own, [seen(f"clicked {number}") for number in range(5)])
        record_violations(session, own, [seen(f"clicked {number}") for number in range(10)])
        counts = {each.event: each.events for each in list_violations(session, own)}
    assert counts == {"clicked 0": 2, "clicked 1": 2, "clicked 2": 2, "(others)": 9}


def test_long_names_are_kept_shortened(state: State, workspaces: tuple[int, int]) -> None:
    with state.writing() as session:
        record_violations(session, workspaces[0], [seen("ü" * 512, "extra", "é" * 5_000)])
        (only,) = list_violations(session, workspaces[0])
        assert (len(only.event), len(only.property)) == (512, 100)


def test_a_new_plan_begins_to_count_anew(state: State, workspaces: tuple[int, int]) -> None:
    own, stranger = workspaces
    with state.writing() as session:
        apply(session, own)
        for workspace_id in workspaces:
            record_violations(session, workspace_id, [seen("a")])
        apply(session, own)
        assert len(list_violations(session, own)) == 1
        apply(session, own, "events: {a: }")
        assert list_violations(session, own) == []
        assert len(list_violations(session, stranger)) == 1


def test_a_plan_that_is_removed_is_out_of_force_and_kept(
    state: State, workspaces: tuple[int, int]
) -> None:
    own, stranger = workspaces
    with state.writing() as session:
        for workspace_id in workspaces:
            apply(session, workspace_id)
        record_violations(session, own, [seen("a")])
        removed = versions.remove(session, own, NOW, "a test", message="too early")
        assert (removed.number, removed.message) == (2, "too early")
        assert versions.current(session, own) is None
        assert list_violations(session, own) == []
        assert [version.content for version in versions.history(session, own)] == ["", TEXT]
        assert versions.current(session, stranger) is not None
        with pytest.raises(PlanUnknown):
            versions.remove(session, own, NOW, "a test")
        assert apply(session, own) == 3
        assert versions.current(session, own) is not None

"""What a workspace decides about itself: defaults until somebody chooses, and nothing unknown."""

from datetime import UTC, datetime

import pytest

from pql.state.models import Workspace
from pql.state.store import State
from pql.workspace_settings import (
    WorkspaceSettingInvalid,
    WorkspaceSettings,
    WorkspaceSettingUnknown,
    change_settings,
    settings_of,
)
from pql.workspaces import create_workspace

NOW = datetime(2026, 9, 1, 8, tzinfo=UTC)


@pytest.fixture
def workspace_id(state: State) -> int:
    with state.writing() as session:
        return create_workspace(session, "owner", NOW).id


def test_a_new_workspace_has_the_defaults(state: State, workspace_id: int) -> None:
    with state.reading() as session:
        assert settings_of(session, workspace_id) == WorkspaceSettings("UTC", "never")


def test_a_change_keeps_the_other_settings(state: State, workspace_id: int) -> None:
    with state.writing() as session:
        change_settings(session, workspace_id, {"time_zone": "Europe/Helsinki"})
        change_settings(session, workspace_id, {"person_accounts": "always"})
    with state.reading() as session:
        in_force = settings_of(session, workspace_id)
    assert in_force == WorkspaceSettings("Europe/Helsinki", "always")
    assert in_force.zone.key == "Europe/Helsinki"


def test_only_what_differs_from_the_defaults_is_kept(state: State, workspace_id: int) -> None:
    with state.writing() as session:
        change_settings(session, workspace_id, {"time_zone": "Asia/Tokyo"})
        change_settings(session, workspace_id, {"time_zone": "UTC"})
    with state.reading() as session:
        assert session.get_one(Workspace, workspace_id).settings == {}


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("time_zone", "Europe/Helsinky", "did you mean Europe/Helsinki"),
        ("time_zone", "../../etc/passwd", "not in the IANA database"),
        ("person_accounts", "sometimes", "allowed: never, without_company, always"),
    ],
)
def test_a_value_that_is_not_allowed_is_refused_with_what_is(
    state: State, workspace_id: int, name: str, value: str, message: str
) -> None:
    with state.writing() as session, pytest.raises(WorkspaceSettingInvalid, match=message):
        change_settings(session, workspace_id, {name: value})


def test_an_unknown_setting_is_refused_with_those_that_there_are(
    state: State, workspace_id: int
) -> None:
    with state.writing() as session, pytest.raises(WorkspaceSettingUnknown, match="time_zone"):
        change_settings(session, workspace_id, {"colour": "blue"})


def test_the_list_of_time_zones_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every load reads the settings; the list costs hundreds of files."""
    WorkspaceSettings()
    monkeypatch.delattr("pql.workspace_settings.available_timezones")
    assert WorkspaceSettings("Asia/Tokyo").time_zone == "Asia/Tokyo"

"""What a workspace decides about itself, over the API; another time zone measures anew."""

from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from pql.accounts.facts import from_import
from pql.accounts.settling import add_facts, settle_accounts
from pql.analyses import QUEUED, cancel
from pql.changes import ACCOUNT
from pql.definitions import versions
from pql.state.models import Account, Analysis, Change, Workspace
from pql.state.store import State
from tests.fixtures.account_rows import add_account
from tests.fixtures.web import Member
from usage_ingest.person_accounts import KIND

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
STARTED = "2026-11-20"


@pytest.fixture
def migrated_database_url(migrated_sqlite_url: str) -> str:
    """What the settings do does not depend on the database."""
    return migrated_sqlite_url


def change(client: FlaskClient, member: Member, scope: str = "admin", **settings: str) -> Any:
    return client.patch("/api/v1/workspace", json=settings, headers=member.bearer(scope))


def show(client: FlaskClient, member: Member) -> Any:
    return client.get("/api/v1/workspace", headers=member.bearer()).get_json()


def test_settings_are_shown_and_changed_by_an_admin_of_the_workspace(
    client: FlaskClient, owner: Member, stranger: Member
) -> None:
    usual = {"time_zone": "UTC", "person_accounts": "never"}
    assert show(client, owner) == {"name": "owner", **usual}
    assert change(client, owner, scope="read", time_zone="Asia/Tokyo").status_code == 403
    answer = change(client, owner, time_zone="Asia/Tokyo")
    assert answer.get_json() == {"name": "owner", **usual, "time_zone": "Asia/Tokyo"}
    assert show(client, owner)["time_zone"] == "Asia/Tokyo"
    assert show(client, stranger) == {"name": "stranger", **usual}


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("time_zone", "Europe/Helsinky", "did you mean Europe/Helsinki"),
        ("person_accounts", "sometimes", "never, without_company, always"),
        ("colour", "blue", "Unknown field"),
    ],
)
def test_what_is_not_allowed_is_refused_with_what_is(
    client: FlaskClient, owner: Member, setting: str, value: str, said: str
) -> None:
    answer = change(client, owner, **{setting: value})
    assert answer.status_code == 422
    [error] = answer.get_json()["errors"]
    assert error["field"] == setting
    assert said in error["message"]
    assert show(client, owner)["time_zone"] == "UTC"


def test_another_zone_moves_dates_and_has_all_measured_anew(
    client: FlaskClient, web_state: State, owner: Member
) -> None:
    with web_state.writing() as session:
        account = add_account(session, owner.workspace_id, "acme")
        facts = {account.id: from_import({"trial_started_at": STARTED, "status": "trial"}, NOW)}
        add_facts(session, owner.workspace_id, facts, NOW)
        lifecycle = versions.current(session, owner.workspace_id).file.lifecycle
        settle_accounts(session, owner.workspace_id, [account.id], lifecycle, NOW)
    assert _start(web_state) == datetime(2026, 11, 20, tzinfo=UTC)
    change(client, owner, person_accounts="always")
    assert not _waiting(web_state)
    change(client, owner, time_zone="America/New_York")
    assert _start(web_state) == datetime(2026, 11, 20, 5, tzinfo=UTC)
    assert _waiting(web_state)
    with web_state.reading() as session:
        assert session.get_one(Workspace, owner.workspace_id).benchmarks_requested_at is not None


def test_the_end_of_a_trial_that_nobody_dated_moves_with_the_zone(
    client: FlaskClient, web_state: State, owner: Member
) -> None:
    began = datetime(2026, 10, 20, 12, tzinfo=UTC)
    text = "lifecycle: {trial_days: 14}\n"
    with web_state.writing() as session:
        versions.apply(session, owner.workspace_id, text, "definitions.yaml", NOW, "a test")
        lifecycle = versions.current(session, owner.workspace_id).file.lifecycle
        account = add_account(session, owner.workspace_id, "acme")
        facts = {account.id: from_import({"status": "trial"}, began)}
        add_facts(session, owner.workspace_id, facts, began)
        settle_accounts(session, owner.workspace_id, [account.id], lifecycle, began)
    assert _end(web_state) == datetime(2026, 11, 3, 12, tzinfo=UTC)
    change(client, owner, time_zone="Europe/Helsinki")
    assert _end(web_state) == datetime(2026, 11, 3, 13, tzinfo=UTC), "summer time ended"


def test_people_are_settled_again_when_the_same_is_set_again(
    client: FlaskClient, web_state: State, owner: Member
) -> None:
    change(client, owner, time_zone="Asia/Tokyo")
    assert _settlings(web_state) == []
    for _ in range(2):
        assert change(client, owner, person_accounts="always").status_code == 200
        with web_state.writing() as session:
            (queued,) = session.scalars(select(Analysis).where(Analysis.state == QUEUED))
            assert cancel(session, owner.workspace_id, queued.id, NOW).requested_by
    assert _settlings(web_state) == [{"person_accounts": "always"}] * 2


def _settlings(state: State) -> list[dict[str, Any]]:
    with state.reading() as session:
        own = select(Analysis.parameters).where(Analysis.kind == KIND)
        return list(session.scalars(own))


def _end(state: State) -> datetime | None:
    with state.reading() as session:
        return session.scalar(select(Account.trial_ends_at))


def _start(state: State) -> datetime | None:
    with state.reading() as session:
        return session.scalar(select(Account.trial_started_at))


def _waiting(state: State) -> int:
    with state.reading() as session:
        return session.scalar(select(func.count()).where(Change.subject == ACCOUNT)) or 0

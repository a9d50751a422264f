"""Who may do what: no key, a wrong key, a write key, a stranger's key, a read key on changes."""

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from pql.access import find_key, revoke_key
from pql.state.store import State
from routes.service import Service
from tests.fixtures.account_rows import add_account, add_contact
from tests.fixtures.web import CREATED_AT, Member, make_member, shared_app

READS = [
    "/api/v1/accounts",
    "/api/v1/accounts.csv",
    "/api/v1/account?id=acme",
    "/api/v1/accounts/acme",
    "/api/v1/leads",
    "/api/v1/leads/ada@example.com",
    "/api/v1/definitions",
    "/api/v1/definitions/versions",
    "/api/v1/definitions/versions/1",
    "/api/v1/definitions/diff",
    "/api/v1/benchmarks",
    "/api/v1/benchmarks/curves",
    "/api/v1/benchmarks/drift",
    "/api/v1/benchmarks/first-times",
    "/api/v1/benchmarks/retention",
    "/api/v1/benchmarks/survival",
    "/api/v1/benchmarks/versions",
    "/api/v1/fitted",
    "/api/v1/events/recent",
    "/api/v1/billing/customers",
    "/api/v1/identity/merges",
    "/api/v1/identity/reviews",
    "/api/v1/plan/violations",
    "/api/v1/quarantine",
    "/api/v1/sources",
    "/api/v1/analyses",
    "/api/v1/workspace",
]
EMPTY = [
    "/api/v1/plan",
    "/api/v1/quarantine/1",
    "/api/v1/identity/merges/1",
    "/api/v1/identity/reviews/1",
    "/api/v1/analyses/1",
]
"""Of these the workspace has none yet."""
CHANGES = [
    ("POST", "/api/v1/leads/1/accept"),
    ("POST", "/api/v1/leads/1/reject"),
    ("PUT", "/api/v1/definitions"),
    ("POST", "/api/v1/definitions/validate"),
    ("POST", "/api/v1/definitions/plan"),
    ("POST", "/api/v1/definitions/diff"),
    ("POST", "/api/v1/definitions/versions/1/revert"),
    ("POST", "/api/v1/benchmarks/refresh"),
    ("POST", "/api/v1/fitted"),
    ("POST", "/api/v1/finder"),
    ("POST", "/api/v1/imports/preview"),
    ("PATCH", "/api/v1/workspace"),
    ("PUT", "/api/v1/plan"),
    ("DELETE", "/api/v1/plan"),
    ("POST", "/api/v1/quarantine/replay"),
    ("POST", "/api/v1/billing/customers/cus_1/link"),
    ("POST", "/api/v1/billing/customers/cus_1/unlink"),
    ("POST", "/api/v1/identity/reviews/1/merge"),
    ("POST", "/api/v1/identity/reviews/1/keep-apart"),
    ("POST", "/api/v1/identity/merges/1/undo"),
    ("POST", "/api/v1/analyses/1/cancel"),
]
EVERYTHING = [("GET", path) for path in READS + EMPTY] + CHANGES


@pytest.fixture(scope="module")
def app(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """One application for all: who may do what depends neither on the database nor on the order."""
    with shared_app(sqlite_template, tmp_path_factory.mktemp("access")) as app:
        yield app


@pytest.fixture(scope="module")
def web_state(app: Flask) -> State:
    service: Service = app.extensions["pql"]
    return service.state


@pytest.fixture(scope="module")
def owner(web_state: State) -> Member:
    """The workspace with an account and a lead."""
    owner = make_member(web_state, "owner")
    with web_state.writing() as session:
        acme = add_account(session, owner.workspace_id, "acme", name="Acme")
        add_contact(session, acme, "ada", stage="MQL")
    return owner


@pytest.fixture(scope="module")
def stranger(web_state: State, owner: Member) -> Member:
    """Another workspace, beside one that has something to hide."""
    assert owner.workspace_id
    return make_member(web_state, "stranger")


def test_every_address_of_the_api_is_tried_here(app: Flask) -> None:
    tried = set()
    matcher = app.url_map.bind("localhost")
    for method, path in EVERYTHING:
        rule, _ = matcher.match(path.partition("?")[0], method, return_rule=True)
        tried.add((method, rule.rule))
    there = {
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/api/v1/")  # what posthog-js asks for is everybody's
    }
    assert tried == there


@pytest.mark.parametrize(("method", "path"), EVERYTHING)
def test_nothing_is_told_without_a_key(client: FlaskClient, method: str, path: str) -> None:
    answer = client.open(path, method=method)
    assert answer.status_code == 401
    assert answer.content_type == "application/problem+json"
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert "pql keys create" in answer.get_json()["hint"]


@pytest.mark.parametrize(("method", "path"), EVERYTHING)
def test_a_wrong_key_opens_nothing(client: FlaskClient, method: str, path: str) -> None:
    wrong = {"Authorization": "Bearer pql_admin_nothing"}
    answer = client.open(path, method=method, headers=wrong)
    assert answer.status_code == 401
    assert "unknown or revoked" in answer.get_json()["detail"]


@pytest.mark.parametrize(("method", "path"), EVERYTHING)
def test_a_write_key_can_only_write(
    client: FlaskClient, owner: Member, method: str, path: str
) -> None:
    answer = client.open(path, method=method, headers=owner.bearer("write"))
    assert answer.status_code == 403
    assert "scope write" in answer.get_json()["detail"]


@pytest.mark.parametrize(("method", "path"), CHANGES)
def test_a_read_key_changes_nothing(
    client: FlaskClient, owner: Member, method: str, path: str
) -> None:
    answer = client.open(path, method=method, headers=owner.bearer("read"))
    assert answer.status_code == 403
    assert "needs a key with scope admin" in answer.get_json()["detail"]


@pytest.mark.parametrize("path", READS)
@pytest.mark.parametrize("scope", ["read", "admin"])
def test_read_and_admin_keys_read(
    client: FlaskClient, owner: Member, path: str, scope: str
) -> None:
    assert client.get(path, headers=owner.bearer(scope)).status_code == 200


@pytest.mark.parametrize("path", EMPTY)
def test_what_is_not_there_is_said_to_be_missing(
    client: FlaskClient, owner: Member, path: str
) -> None:
    assert client.get(path, headers=owner.bearer()).status_code == 404


def test_a_stranger_sees_nothing_of_the_account(client: FlaskClient, stranger: Member) -> None:
    key = stranger.bearer()
    assert client.get("/api/v1/accounts", headers=key).get_json()["data"] == []
    assert client.get("/api/v1/accounts.csv", headers=key).text.count("\n") == 1
    assert client.get("/api/v1/leads", headers=key).get_json()["data"] == []
    assert client.get("/api/v1/leads/ada@example.com", headers=key).status_code == 404
    answer = client.get("/api/v1/accounts/acme", headers=key)
    assert answer.status_code == 404
    assert "Acme" not in answer.text


@pytest.mark.parametrize("decision", ["accept", "reject"])
def test_a_stranger_decides_nothing(
    client: FlaskClient, owner: Member, stranger: Member, decision: str
) -> None:
    path = f"/api/v1/leads/ada@example.com/{decision}"
    answer = client.post(path, json={"reason": "theirs"}, headers=stranger.bearer("admin"))
    assert answer.status_code in {404, 422}
    lead = client.get("/api/v1/leads/ada@example.com", headers=owner.bearer()).get_json()
    assert lead["stage"] == "MQL"


def test_a_key_can_be_sent_as_the_user_name(client: FlaskClient, owner: Member) -> None:
    pair = base64.b64encode(f"{owner.keys['read']}:".encode()).decode()
    answer = client.get("/api/v1/accounts", headers={"Authorization": f"Basic {pair}"})
    assert [account["id"] for account in answer.get_json()["data"]] == ["acme"]


def test_a_revoked_key_opens_nothing(client: FlaskClient, web_state: State) -> None:
    left = make_member(web_state, "one that left")
    assert client.get("/api/v1/accounts", headers=left.bearer()).status_code == 200
    with web_state.writing() as session:
        key = find_key(session, left.keys["read"])
        assert key is not None
        revoke_key(session, left.workspace_id, key.id, CREATED_AT)
    assert client.get("/api/v1/accounts", headers=left.bearer()).status_code == 401


@pytest.mark.parametrize("sent", ["", "Bearer", "Bearer ", "Basic !", "Basic Og==", "Digest a=b"])
def test_a_header_without_a_key_is_no_key(client: FlaskClient, sent: str) -> None:
    assert client.get("/api/v1/accounts", headers={"Authorization": sent}).status_code == 401

"""The ingest paths over HTTP: every spelling, every way to pass the key, and every refusal."""

import base64
import gzip
import json
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, text

from pql.access import revoke_key
from pql.settings import Settings
from pql.state.models import ApiKey, JournalEntry
from pql.state.store import State
from routes.application import create_app
from routes.ingest import keys
from tests.fixtures.loading import track
from tests.fixtures.web import CREATED_AT, Member
from usage_ingest.journal import JOURNAL

FOLDER = Path(__file__).parent / "recorded"
RECORDED = sorted((*FOLDER.glob("segment-python-*.jsonl"), *FOLDER.glob("segment-node-*.jsonl")))
KINDS = ["track", "identify", "page", "screen", "group", "alias"]
CALLS = [*KINDS, *(kind[0] for kind in KINDS)]
FULL_NAMES = {kind[0]: kind for kind in KINDS} | {
    kind: kind for kind in (*KINDS, "batch", "import")
}
EVENT = track("1", context={"groupId": "acme"}, groupId="acme", previousId="visitor")
BATCH = json.dumps({"batch": [EVENT]}).encode()


def basic(key: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{key}:".encode()).decode()}


def journaled(state: State) -> list[Any]:
    with state.journal_engine.connect() as connection:
        return list(connection.execute(select(JOURNAL).order_by(JOURNAL.c.id)))


def test_every_path_answers_200_in_both_slash_forms(
    client: FlaskClient, owner: Member, web_state: State
) -> None:
    paths = [call + slash for call in (*CALLS, "batch", "import") for slash in ("", "/")]
    for path in paths:
        body = BATCH if path[:2] in {"ba", "im"} else json.dumps(EVENT).encode()
        answer = client.post(f"/v1/{path}", data=body, headers=basic(owner.keys["write"]))
        assert (answer.status_code, answer.json) == (200, {"success": True}), path
    entries = journaled(web_state)
    kept = [(entry.workspace_id, entry.channel, entry.events) for entry in entries]
    assert kept == [(owner.workspace_id, "segment", 1)] * len(paths)
    assert [entry.call for entry in entries] == [FULL_NAMES[path.strip("/")] for path in paths]


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_a_recorded_request_is_taken_in_as_it_was_sent(
    client: FlaskClient, owner: Member, web_state: State, path: Path
) -> None:
    recorded = json.loads(path.read_text())
    headers = recorded["headers"] | basic(owner.keys["write"])
    answer = client.post(recorded["path"], data=json.dumps(recorded["body"]), headers=headers)
    assert answer.status_code == 200
    assert [entry.events for entry in journaled(web_state)] == [7]


def test_every_way_to_pass_the_key(client: FlaskClient, owner: Member, web_state: State) -> None:
    key = owner.keys["write"]
    ways: list[tuple[dict[str, str], dict[str, str]]] = [
        (basic(key), {}),
        ({"Authorization": f"Bearer {key}"}, {}),
        ({}, {"writeKey": key}),
        ({}, {"api_key": key}),
        (basic(""), {"writeKey": key}),
    ]
    for headers, in_body in ways:
        body: dict[str, Any] = {"batch": [EVENT]} | in_body
        assert client.post("/v1/batch", json=body, headers=headers).status_code == 200
    assert [entry.workspace_id for entry in journaled(web_state)] == [owner.workspace_id] * 5


def test_the_key_in_the_headers_counts_before_that_in_the_body(
    client: FlaskClient, owner: Member
) -> None:
    body = {"batch": [EVENT], "writeKey": owner.keys["write"]}
    assert client.post("/v1/batch", json=body, headers=basic("wrong")).status_code == 401


def test_a_strangers_key_writes_to_the_strangers_workspace(
    client: FlaskClient, stranger: Member, web_state: State
) -> None:
    client.post("/v1/batch", data=BATCH, headers=basic(stranger.keys["write"]))
    assert [entry.workspace_id for entry in journaled(web_state)] == [stranger.workspace_id]


@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "text/plain"])
def test_gzip_is_told_by_its_own_header_whatever_the_content_type(
    client: FlaskClient, owner: Member, web_state: State, content_type: str
) -> None:
    headers = basic(owner.keys["write"]) | {
        "Content-Encoding": "gzip",
        "Content-Type": content_type,
    }
    answer = client.post("/v1/batch", data=gzip.compress(BATCH), headers=headers)
    assert answer.status_code == 200
    assert journaled(web_state)[0].body == BATCH


def test_gzip_in_several_members_is_one_body(
    client: FlaskClient, owner: Member, web_state: State
) -> None:
    headers = basic(owner.keys["write"]) | {"Content-Encoding": "gzip"}
    packed = gzip.compress(BATCH[:10]) + gzip.compress(BATCH[10:])
    assert client.post("/v1/batch", data=packed, headers=headers).status_code == 200
    assert journaled(web_state)[0].body == BATCH


def refusal(client: FlaskClient, path: str = "/v1/batch", **request: Any) -> tuple[int, str]:
    answer = client.post(path, **request)
    assert answer.content_type == "application/json"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    body = answer.get_json()
    assert set(body) == {"code", "message"}
    assert body["code"] == answer.status_code
    return answer.status_code, body["message"]


def test_a_body_that_is_no_batch_is_refused_and_says_why(
    client: FlaskClient, owner: Member, web_state: State
) -> None:
    for body in (b"{", b"", b"[]", b'{"events": []}', b'{"batch": 1}'):
        status, message = refusal(client, data=body, headers=basic(owner.keys["write"]))
        assert status == 400
        assert "body" in message
    assert journaled(web_state) == []


def test_a_wrong_key_is_refused(client: FlaskClient, owner: Member, web_state: State) -> None:
    assert refusal(client, data=BATCH, headers=basic("wrong"))[0] == 401
    assert refusal(client, data=BATCH) == (401, "No key was sent.")
    assert refusal(client, json={"batch": [EVENT], "writeKey": 5})[0] == 401
    assert refusal(client, data=BATCH, headers=basic(owner.keys["read"]))[0] == 403
    assert journaled(web_state) == []


def test_a_revoked_key_stops_within_seconds(
    client: FlaskClient, owner: Member, web_state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = basic(owner.keys["write"])
    assert client.post("/v1/batch", data=BATCH, headers=headers).status_code == 200
    with web_state.writing() as session:
        own = ApiKey.workspace_id == owner.workspace_id
        key = session.scalars(select(ApiKey).where(own, ApiKey.scope == "write")).one()
        revoke_key(session, owner.workspace_id, key.id, CREATED_AT)
    later = monotonic() + keys.REMEMBERED_SECONDS
    monkeypatch.setattr(keys, "monotonic", lambda: later)
    assert client.post("/v1/batch", data=BATCH, headers=headers).status_code == 401


def test_a_body_over_the_limit_is_refused_packed_or_not(
    client: FlaskClient, owner: Member, web_settings: Settings
) -> None:
    headers = basic(owner.keys["write"])
    too_much = b" " * (web_settings.body_limit + 1)
    assert refusal(client, data=too_much, headers=headers)[0] == 413
    packed = headers | {"Content-Encoding": "gzip"}
    assert refusal(client, data=gzip.compress(too_much), headers=packed)[0] == 413


def test_a_gzip_bomb_is_unpacked_no_further_than_the_limit(
    client: FlaskClient, owner: Member
) -> None:
    bomb = gzip.compress(b" " * 1024 * 1024) * 200
    headers = basic(owner.keys["write"]) | {"Content-Encoding": "gzip"}
    assert refusal(client, data=bomb, headers=headers)[0] == 413


def test_what_cannot_be_unpacked_is_refused(client: FlaskClient, owner: Member) -> None:
    headers = basic(owner.keys["write"]) | {"Content-Encoding": "gzip"}
    for body in (b"no gzip", gzip.compress(BATCH)[:-9], gzip.compress(BATCH) + b"!"):
        assert refusal(client, data=body, headers=headers)[0] == 400
    unknown = headers | {"Content-Encoding": "br"}
    assert refusal(client, data=BATCH, headers=unknown)[0] == 400


def test_a_store_that_fails_asks_to_try_again(
    client: FlaskClient, owner: Member, web_state: State
) -> None:
    with web_state.journal_engine.begin() as connection:
        table = JournalEntry.__tablename__
        schema = "journal." if not web_state.is_sqlite else ""
        connection.execute(text(f"ALTER TABLE {schema}{table} RENAME TO gone"))
    answer = client.post("/v1/batch", data=BATCH, headers=basic(owner.keys["write"]))
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert set(answer.get_json()) == {"code", "message"}


def test_one_bad_event_is_no_reason_to_refuse_the_request(
    client: FlaskClient, owner: Member, web_state: State
) -> None:
    batch = [EVENT] * 99 + [{"type": "track", "userId": "\ud800", "properties": {"a": "\0"}}]
    body = json.dumps({"batch": batch}).encode()
    assert (
        client.post("/v1/batch", data=body, headers=basic(owner.keys["write"])).status_code == 200
    )
    assert [entry.events for entry in journaled(web_state)] == [100]


def test_an_empty_batch_is_a_success_and_leaves_nothing(
    client: FlaskClient, owner: Member, web_state: State
) -> None:
    answer = client.post("/v1/batch", json={"batch": []}, headers=basic(owner.keys["write"]))
    assert answer.status_code == 200
    assert journaled(web_state) == []


def test_a_browser_may_send_from_everywhere(client: FlaskClient) -> None:
    for path in ("/v1/batch", "/v1/t/", "/v1/projects/k/settings"):
        answer = client.options(path, headers={"Origin": "https://app.example.com"})
        assert answer.status_code == 200
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "Content-Type" in answer.headers["Access-Control-Allow-Headers"]


def test_analytics_js_is_told_where_to_send(client: FlaskClient, owner: Member) -> None:
    key = owner.keys["write"]
    for path in (f"/v1/projects/{key}/settings", f"/v1/projects/{key}/settings/"):
        answer = client.get(path)
        assert answer.status_code == 200
        destination = answer.get_json()["integrations"]["Segment.io"]
        assert (destination["apiKey"], destination["apiHost"]) == (key, "localhost/v1")
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert client.get("/v1/projects/wrong/settings").status_code == 401


def test_no_ingest_path_ever_redirects(web_settings: Settings) -> None:
    app = create_app(web_settings)
    client = app.test_client()
    for path in ("/v1/batch/", "/v1//batch", "//v1/batch", "/v1/track//"):
        assert client.post(path, data=BATCH).status_code in {401, 404}
    app.extensions["pql"].state.close()

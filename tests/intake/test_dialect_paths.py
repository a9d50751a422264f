"""Every path of PostHog's, Amplitude's and CloudEvents' over HTTP: answers as their SDKs expect."""

import gzip
import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from pql.state.store import State
from tests.fixtures.web import Member
from tests.intake.recordings import events, recorded, translate
from tests.intake.test_ingest_paths import basic, journaled, refusal
from usage_ingest.canonical import CanonicalEvent

POSTHOG = {"batch": [{"event": "seen", "distinct_id": "ada"}]}
AMPLITUDE = {"events": [{"event_type": "seen", "user_id": "ada"}]}
CLOUDEVENT = {"specversion": "1.0", "id": "1", "source": "/app", "type": "seen", "userid": "ada"}
PATHS = [
    *((path, "posthog", POSTHOG) for path in ("batch", "capture", "e", "i/v0/e", "i/v0/ai/batch")),
    *((path, "amplitude", AMPLITUDE) for path in ("batch", "2/httpapi")),
    ("v1/events", "cloudevents", [CLOUDEVENT]),
]


def test_every_path_keeps_events_in_both_slash_forms_packed_or_not(
    client: FlaskClient, owner: Member, web_state: State
) -> None:
    for path, _, body in PATHS:
        content = json.dumps(body).encode()
        for address in (f"/{path}", f"/{path}/"):
            for packed, encoding in ((content, ""), (gzip.compress(content), "gzip")):
                headers = basic(owner.keys["write"]) | {"Content-Encoding": encoding}
                answer = client.post(address, data=packed, headers=headers)
                assert answer.status_code == 200, address
                assert answer.headers["Access-Control-Allow-Origin"] == "*"
    kept = [(entry.workspace_id, entry.channel, entry.events) for entry in journaled(web_state)]
    expected = [(owner.workspace_id, channel, 1) for _, channel, _ in PATHS for _ in range(4)]
    assert kept == expected


def test_posthog_js_packs_without_a_header(
    client: FlaskClient, owner: Member, web_state: State
) -> None:
    event = {"event": "seen", "properties": {"distinct_id": "ada", "token": owner.keys["write"]}}
    packed = gzip.compress(json.dumps(event).encode())
    answer = client.post("/e/?compression=gzip-js", data=packed, content_type="text/plain")
    assert (answer.status_code, answer.get_json()) == (200, {"status": 1})
    assert [entry.call for entry in journaled(web_state)] == ["capture"]


def test_every_path_wants_a_key_that_may_write(client: FlaskClient, owner: Member) -> None:
    write, read = basic(owner.keys["write"]), basic(owner.keys["read"])
    for path, _, body in PATHS:
        assert refusal(client, f"/{path}", json=body)[0] == 401, path
        assert refusal(client, f"/{path}", json=body, headers=basic("wrong"))[0] == 401, path
        assert refusal(client, f"/{path}", json=body, headers=read)[0] == 403, path
        assert refusal(client, f"/{path}", data=b"{", headers=write)[0] == 400, path


@pytest.mark.parametrize("body", [POSTHOG, AMPLITUDE])
def test_the_key_may_be_in_the_body(
    client: FlaskClient, stranger: Member, web_state: State, body: dict[str, Any]
) -> None:
    answer = client.post("/batch", json=body | {"api_key": stranger.keys["write"]})
    assert answer.status_code == 200
    assert [entry.workspace_id for entry in journaled(web_state)] == [stranger.workspace_id]


def test_a_migration_brings_the_past_as_imports_do(
    client: FlaskClient, owner: Member, web_state: State
) -> None:
    for is_history in (True, False):
        body = POSTHOG | {"historical_migration": is_history}
        client.post("/batch/", json=body, headers=basic(owner.keys["write"]))
    assert [entry.call for entry in journaled(web_state)] == ["import", "batch"]


def test_what_the_body_holds_tells_whose_batch_it_is(client: FlaskClient, owner: Member) -> None:
    headers = basic(owner.keys["write"])
    assert client.post("/batch", json=POSTHOG, headers=headers).get_json() == {"status": 1}
    assert client.post("/batch", json=AMPLITUDE, headers=headers).get_json()["code"] == 200
    status, message = refusal(client, "/batch", json={"neither": []}, headers=headers)
    assert status == 400
    assert "'batch'" in message
    assert "'events'" in message


def test_amplitudes_answer_has_its_own_fields(client: FlaskClient, owner: Member) -> None:
    (sent,) = recorded("amplitude-python")
    body = sent["body"] | {"api_key": owner.keys["write"]}
    answer = client.post("/2/httpapi", json=body).get_json()
    assert (answer["code"], answer["events_ingested"]) == (200, 6)
    assert answer["payload_size_bytes"] > 1000
    assert answer["server_upload_time"] > 1_700_000_000_000


def test_a_cloudevent_gets_a_receipt_each(
    client: FlaskClient, owner: Member, web_state: State
) -> None:
    sent = [CLOUDEVENT, CLOUDEVENT | {"id": "2", "specversion": "0.3"}]
    answer = client.post("/v1/events", json=sent, headers=basic(owner.keys["write"]))
    good, bad = answer.get_json()["receipts"]
    assert good == {"message_id": "/app 1", "accepted": True}
    assert (bad["message_id"], bad["accepted"]) == ("/app 2", False)
    assert bad["reason"] == "unknown_specversion"
    assert "events[1].specversion: found '0.3'; allowed: 1.0" in bad["detail"]
    assert [entry.events for entry in journaled(web_state)] == [2]


def test_a_cloudevent_alone_has_one_receipt(client: FlaskClient, owner: Member) -> None:
    headers = basic(owner.keys["write"]) | {"Content-Type": "application/cloudevents+json"}
    answer = client.post("/v1/events", data=json.dumps(CLOUDEVENT), headers=headers)
    assert answer.get_json() == {"receipts": [{"message_id": "/app 1", "accepted": True}]}


def test_start_up_calls_of_posthog_are_answered(client: FlaskClient) -> None:
    for slash in ("", "/"):
        flags = client.post(f"/flags{slash}?v=4", json={"distinct_id": "ada"})
        assert flags.status_code == 200
        assert (
            flags.get_json().items()
            >= {
                "flags": {},
                "errorsWhileComputingFlags": False,
            }.items()
        )
        assert flags.get_json()["requestId"]
        definitions = client.get(f"/flags/definitions{slash}?token=key")
        assert definitions.get_json() == {"flags": [], "group_type_mapping": {}, "cohorts": {}}
        decided = client.post(f"/decide{slash}", json={})
        assert (decided.status_code, decided.get_json()["featureFlags"]) == (200, {})


def test_a_wrong_method_is_answered_in_the_shape_of_the_path(client: FlaskClient) -> None:
    for path in ("/2/httpapi", "/batch", "/capture/", "/e", "/i/v0/e/", "/flags", "/decide"):
        answer = client.delete(path)
        assert (answer.status_code, set(answer.get_json())) == (405, {"code", "message"}), path


def test_a_cloudevent_in_binary_mode_has_its_attributes_in_the_headers(
    client: FlaskClient, owner: Member, web_state: State
) -> None:
    headers = basic(owner.keys["write"]) | {f"ce-{name}": v for name, v in CLOUDEVENT.items()}
    headers |= {"ce-accountid": "a%20b", "Content-Type": "application/json; charset=utf-8"}
    answer = client.post("/v1/events", data=b'{"channel": "email"}', headers=headers)
    assert answer.get_json()["receipts"] == [{"message_id": "/app 1", "accepted": True}]
    (kept,) = journaled(web_state)
    (event,) = events("cloudevents", "events", kept.body)
    assert (event.user_id, event.account_key) == ("ada", "a b")
    assert event.properties == {"channel": "email"}
    assert client.post("/v1/events", headers=headers).status_code == 200
    text = headers | {"Content-Type": "text/plain"}
    (receipt,) = client.post("/v1/events", data=b"hello", headers=text).get_json()["receipts"]
    assert receipt["detail"] == "data: found str; allowed: object or null"
    assert client.post("/v1/events", data=b"{", headers=headers).status_code == 400
    whole = headers | {"Content-Type": "application/cloudevents+json"}
    (receipt,) = client.post("/v1/events", json=CLOUDEVENT, headers=whole).get_json()["receipts"]
    assert receipt == {"message_id": "/app 1", "accepted": True}
    assert events("cloudevents", "events", journaled(web_state)[-1].body)[0].properties == {}


def test_the_next_version_of_posthogs_api_is_told_about_every_event(
    client: FlaskClient, owner: Member, web_state: State
) -> None:
    seen = {"event": "seen", "distinct_id": "ada", "properties": {}}
    hidden = {"process_person_profile": False}
    body = {
        "created_at": "2026-11-22T12:00:00Z",
        "batch": [
            seen | {"uuid": "1", "options": {}},
            seen | {"uuid": "2", "options": hidden, "event": "visited"},
            seen | {"uuid": "3", "distinct_id": None},
        ],
    }
    key = {"Authorization": f"Bearer {owner.keys['write']}"}
    results = client.post("/i/v1/analytics/events", json=body, headers=key).get_json()["results"]
    assert [results[uuid]["result"] for uuid in "123"] == ["ok", "ok", "drop"]
    (kept,) = journaled(web_state)
    known, visitor, _ = translate("posthog", kept.call, kept.body)
    assert isinstance(known, CanonicalEvent)
    assert isinstance(visitor, CanonicalEvent)
    assert (known.user_id, visitor.user_id, visitor.anonymous_id) == ("ada", None, "ada")

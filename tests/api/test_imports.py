"""`POST /api/v1/imports/preview`: what an import would make of a file."""

import base64
from collections.abc import Iterator
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from routes.service import Service
from tests.fixtures.web import Member, make_member, shared_app

MAPPING = "events: {account: account, event: event, time: at, properties: {n: n}}"
ROWS = "account;event;at;n\nS\u00f8r;login;20.01.2026;1.234,50\nb;login;someday;2\n"


@pytest.fixture(scope="module")
def app(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """One application for all: nothing is written."""
    with shared_app(sqlite_template, tmp_path_factory.mktemp("imports")) as app:
        yield app


@pytest.fixture(scope="module")
def owner(app: Flask) -> Member:
    """The workspace the tests are about."""
    service: Service = app.extensions["pql"]
    return make_member(service.state, "owner")


def preview(client: FlaskClient, owner: Member, **changed: object) -> Any:
    asked = {"kind": "events", "mapping": MAPPING, "content": ROWS} | changed
    sent = {name: value for name, value in asked.items() if value is not None}
    return client.post("/api/v1/imports/preview", json=sent, headers=owner.bearer("admin"))


def test_a_file_is_shown_as_it_was_understood(client: FlaskClient, owner: Member) -> None:
    packed = base64.b64encode(ROWS.encode("cp1252")).decode()
    for content in ({"content": ROWS}, {"content": None, "content_base64": packed}):
        shown = preview(client, owner, **content).get_json()
        assert shown["told"][0].endswith("cells separated by semicolon")
        assert shown["told"][1] == "at: day first, as in 20.01.2026"
        assert shown["fields"][-1] == {"name": "n", "column": "n", "read_as": "number"}
        assert shown["rows"][0]["values"] == {
            "account": "S\u00f8r",
            "event": "login",
            "time": "2026-01-20T00:00:00+00:00",
            "n": 1234.5,
        }
        assert (shown["looked_at"], shown["would_go_in"], shown["rejected"]) == (2, 1, 1)
        assert shown["rejections"][0]["reason"] == "not a time"


def test_what_cannot_be_told_is_a_problem_until_it_is_said(
    client: FlaskClient, owner: Member
) -> None:
    rows = ROWS.replace("20.01.2026", "1/2/2026")
    (problem,) = preview(client, owner, content=rows).get_json()["problems"]
    assert problem.startswith("at: 1/2/2026 may be 1 February or 2 January")
    said = preview(client, owner, content=rows, time_format="month_first").get_json()
    assert said["problems"] == []
    assert said["rows"][0]["values"]["time"].startswith("2026-01-02")


@pytest.mark.parametrize(
    ("changed", "field", "message"),
    [
        ({"content": "account,account,event,at,n\n"}, "content", "rows.csv: columns of one name"),
        ({"content": "account,at,n\n"}, "content", "no column event; it has account, at, n"),
        ({"mapping": "events: {event: a}"}, "events.time", "allowed: the name of a column"),
        ({"kind": "nothing"}, "kind", "Must be one of"),
        ({"content": None}, "content", "Give content or content_base64"),
        ({"content_base64": "x"}, "content", "Give content or content_base64"),
        ({"content": None, "content_base64": "x"}, "content_base64", "Must be base64"),
        ({"file_name": "rows.csv.gz"}, "file_name", "Must end in .csv"),
        ({"encoding": "klingon"}, "encoding", "Must be the name of an encoding"),
    ],
)
def test_what_is_wrong_is_told_with_its_field(
    client: FlaskClient, owner: Member, changed: dict[str, object], field: str, message: str
) -> None:
    answer = preview(client, owner, **changed)
    assert answer.status_code == 422
    (error,) = answer.get_json()["errors"]
    assert error["field"] == field
    assert message in error["message"]
    assert gettempdir() not in error["message"]

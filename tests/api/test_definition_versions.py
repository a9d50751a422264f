"""Versions over the API: shown, compared, put back, and never written over one another."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from pql.definitions import versions
from tests.fixtures.web import Member

STARTER = versions.starter()
FIRST = "metrics:\n  logins: {event: login, aggregate: count, window: first 1 day}  # a try\n"
SECOND = FIRST.replace("first 1 day", "first 7 days")
WINDOW = {
    "path": ["metrics", "logins", "window"],
    "kind": "changed",
    "before": "first 1 day",
    "after": "first 7 days",
}


@pytest.fixture
def migrated_database_url(migrated_sqlite_url: str) -> str:
    """That each database keeps versions is tested with the definitions."""
    return migrated_sqlite_url


@pytest.fixture
def applied(client: FlaskClient, owner: Member) -> None:
    """The owner's definitions have three versions: the starter, FIRST and SECOND."""
    for text in (FIRST, SECOND):
        answer = client.put(
            "/api/v1/definitions?message=a+reason", data=text, headers=owner.bearer("admin")
        )
        assert answer.status_code == 200


def get(client: FlaskClient, member: Member, path: str) -> Any:
    return client.get(f"/api/v1/definitions{path}", headers=member.bearer())


@pytest.mark.usefixtures("applied")
def test_every_version_is_shown_as_it_was_applied(client: FlaskClient, owner: Member) -> None:
    texts = [get(client, owner, f"/versions/{number}").get_json()["text"] for number in (1, 2, 3)]
    assert texts == [STARTER, FIRST, SECOND]
    shown = get(client, owner, "/versions/3").get_json()
    assert (shown["message"], shown["changes"]) == ("a reason", "metrics: 1 changed")
    listed = get(client, owner, "/versions").get_json()["data"]
    assert [version["changes"] for version in listed[:1]] == ["metrics: 1 changed"]


@pytest.mark.usefixtures("applied")
@pytest.mark.parametrize("number", ["0", "4", "9" * 30])
def test_a_version_that_never_was_is_not_found(
    client: FlaskClient, owner: Member, number: str
) -> None:
    answer = get(client, owner, f"/versions/{number}")
    assert answer.status_code == 404
    assert "the newest is 3" in answer.get_json()["detail"]
    assert get(client, owner, f"/diff?from={number}").status_code in {404, 422}


@pytest.mark.usefixtures("applied")
def test_a_stranger_sees_compares_and_reverts_only_its_own(
    client: FlaskClient, owner: Member, stranger: Member
) -> None:
    assert get(client, stranger, "/versions/2").status_code == 404
    assert get(client, stranger, "/diff?from=1&to=3").status_code == 404
    compared = get(client, stranger, "/diff").get_json()
    assert (compared["equal"], compared["summary"]) == (True, "nothing")
    key = stranger.bearer("admin")
    reverted = client.post("/api/v1/definitions/versions/2/revert", headers=key)
    assert reverted.status_code == 404
    posted = client.post("/api/v1/definitions/diff", data=SECOND, headers=key).get_json()
    assert posted["summary"].startswith("metrics: 1 added, 3 removed")
    assert get(client, owner, "").get_json()["number"] == 3


@pytest.mark.usefixtures("applied")
@pytest.mark.parametrize("asked", ["", "?to=3", "?from=2", "?from=2&to=3"])
def test_two_versions_are_compared(client: FlaskClient, owner: Member, asked: str) -> None:
    compared = get(client, owner, f"/diff{asked}").get_json()
    assert compared["differences"] == [WINDOW]
    assert (compared["equal"], compared["summary"]) == (False, "metrics: 1 changed")
    assert compared["lines"].startswith("--- version 2\n+++ version 3\n")


@pytest.mark.usefixtures("applied")
def test_a_file_is_compared_and_not_put_in_force(client: FlaskClient, owner: Member) -> None:
    key, path = owner.bearer("admin"), "/api/v1/definitions/diff"
    remark = client.post(path, data=f"{SECOND}# a remark\n", headers=key).get_json()
    assert (remark["equal"], remark["differences"]) == (True, [])
    assert "+# a remark" in remark["lines"]
    older = client.post(f"{path}?from=2", data=SECOND, headers=key).get_json()
    assert older["differences"] == [WINDOW]
    broken = client.post(path, data="metrics: 3", headers=key)
    assert (broken.status_code, broken.get_json()["errors"][0]["line"]) == (422, 1)
    assert get(client, owner, "").get_json()["number"] == 3


@pytest.mark.parametrize("asked", ["?from=0", "?to=x", "?older=2"])
def test_what_is_no_version_is_refused(client: FlaskClient, owner: Member, asked: str) -> None:
    answer = get(client, owner, f"/diff{asked}")
    assert answer.status_code == 422
    if "older" in asked:
        assert "Allowed: from, to." in answer.get_json()["detail"]


@pytest.mark.usefixtures("applied")
def test_an_older_version_is_put_back_in_force(client: FlaskClient, owner: Member) -> None:
    path = "/api/v1/definitions/versions/2/revert"
    back = client.post(path, headers=owner.bearer("admin"))
    assert back.headers["ETag"] == '"4"'
    assert back.get_json()["text"] == FIRST
    assert back.get_json()["message"] == "back to version 2"
    assert get(client, owner, "").get_json()["number"] == 4


def test_two_people_do_not_overwrite_one_another(client: FlaskClient, owner: Member) -> None:
    tag = get(client, owner, "").headers["ETag"]
    key = owner.bearer("admin") | {"If-Match": tag}
    first = client.put("/api/v1/definitions", data=FIRST, headers=key)
    assert (first.status_code, first.headers["ETag"]) == (200, '"2"')
    second = client.put("/api/v1/definitions", data=SECOND, headers=key)
    assert second.status_code == 409
    assert second.get_json()["detail"] == (
        "version 2 is in force, applied by admin key, not 1; "
        "look at what it changed, and make your change from there"
    )
    assert get(client, owner, "").get_json()["text"] == FIRST
    same = client.put("/api/v1/definitions", data=FIRST, headers=key)
    assert same.get_json()["number"] == 2


@pytest.mark.parametrize(("tag", "status"), [("*", 200), ('W/"1"', 200), ("1", 200), ("x", 422)])
def test_the_tag_is_read_as_it_comes(
    client: FlaskClient, owner: Member, tag: str, status: int
) -> None:
    key = owner.bearer("admin") | {"If-Match": tag}
    assert client.put("/api/v1/definitions", data=FIRST, headers=key).status_code == status


def test_a_message_without_end_is_refused(client: FlaskClient, owner: Member) -> None:
    path = f"/api/v1/definitions?message={'x' * 1001}"
    assert client.put(path, data=FIRST, headers=owner.bearer("admin")).status_code == 422

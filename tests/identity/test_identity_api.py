"""Reviews and merges over the API."""

from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.fixtures.arriving import Arriving
from tests.fixtures.loading import group, identify, track
from tests.fixtures.web import Member
from tests.identity.people import alias, visit

IDENTITY = "/api/v1/identity"


def ask(service: Arriving, member: Member, path: str, **parameters: Any) -> Any:
    answer = service.client.get(
        f"{IDENTITY}/{path}", query_string=parameters, headers=member.bearer()
    )
    assert answer.status_code == 200
    return answer.get_json()


def post(service: Arriving, member: Member, path: str, scope: str = "admin") -> TestResponse:
    return service.client.post(f"{IDENTITY}/{path}", headers=member.bearer(scope))


def receipt(service: Arriving, member: Member, message_id: str) -> Any:
    path = f"/v1/receipts/{message_id}"
    return service.client.get(path, headers=member.bearer("write")).get_json()


@pytest.fixture
def asked(arriving: Arriving, owner: Member) -> Arriving:
    """Bob, whom an alias would make Ada of acme."""
    arriving.load_sent(
        owner,
        identify("0", "ada"),
        group("1", "acme", "ada"),
        identify("2", "bob", traits={"title": "founder"}),
        track("3", "bob"),
        alias("4", "bob", "ada"),
    )
    return arriving


def test_a_review_is_listed_and_shown(asked: Arriving, owner: Member) -> None:
    (listed,) = ask(asked, owner, "reviews")["data"]
    assert ask(asked, owner, f"reviews/{listed['id']}") == listed
    assert (listed["origin"]["user_id"], listed["target"]["user_id"]) == ("bob", "ada")
    assert (listed["origin"]["traits"], listed["target"]["account"]) == (
        {"title": "founder"},
        "acme",
    )
    assert (listed["kind"], listed["message_id"], listed["source"], listed["times"]) == (
        "alias",
        "4",
        "write key",
        1,
    )


def test_it_is_approved_and_undone(asked: Arriving, owner: Member) -> None:
    (review,) = ask(asked, owner, "reviews")["data"]
    merged = post(asked, owner, f"reviews/{review['id']}/merge").get_json()
    asked.load()
    assert (merged["why"], merged["merged_by"], merged["moved_traits"]) == (
        "review",
        "admin key",
        ["title"],
    )
    assert receipt(asked, owner, "3")["account"] == "acme"
    (decided,) = ask(asked, owner, "reviews", state="merged")["data"]
    assert (decided["id"], decided["decided_by"]) == (review["id"], "admin key")

    undone = post(asked, owner, f"merges/{merged['id']}/undo").get_json()
    asked.load()
    assert undone["undone_by"] == "admin key"
    assert (
        ask(asked, owner, "merges")["data"]
        == [undone]
        == [ask(asked, owner, f"merges/{merged['id']}")]
    )
    assert receipt(asked, owner, "3")["account"] is None
    assert ask(asked, owner, "reviews")["data"] == []
    assert [each["id"] for each in ask(asked, owner, "reviews", state="kept_apart")["data"]] == [
        review["id"]
    ]


def test_it_is_kept_apart(asked: Arriving, owner: Member) -> None:
    (review,) = ask(asked, owner, "reviews")["data"]
    answer = post(asked, owner, f"reviews/{review['id']}/keep-apart").get_json()
    assert (answer["state"], answer["decided_by"]) == ("kept_apart", "admin key")
    assert ask(asked, owner, "merges")["data"] == []


def test_a_decision_that_does_not_fit_is_a_conflict(asked: Arriving, owner: Member) -> None:
    (review,) = ask(asked, owner, "reviews")["data"]
    merge = post(asked, owner, f"reviews/{review['id']}/merge").get_json()
    for path in (f"reviews/{review['id']}/merge", f"reviews/{review['id']}/keep-apart"):
        answer = post(asked, owner, path)
        assert (answer.status_code, "one contact" in answer.get_json()["detail"]) == (409, True)
    post(asked, owner, f"merges/{merge['id']}/undo")
    assert post(asked, owner, f"merges/{merge['id']}/undo").status_code == 409


def test_both_lists_come_in_pages(arriving: Arriving, owner: Member) -> None:
    arriving.load_sent(
        owner,
        *(identify(user, user) for user in "abcd"),
        *(alias(f"{user}-a", user, "a") for user in "bcd"),
        *(visit(f"v{number}", f"visitor-{number}") for number in range(3)),
        *(identify(f"i{number}", "a", anonymousId=f"visitor-{number}") for number in range(3)),
    )
    for path in ("reviews", "merges"):
        first = ask(arriving, owner, path, limit=2)
        rest = ask(arriving, owner, path, limit=2, cursor=first["next_cursor"])
        numbers = [each["id"] for each in first["data"] + rest["data"]]
        assert (numbers, rest["next_cursor"]) == (sorted(numbers, reverse=True), None)
        assert len(numbers) == 3


def test_a_stranger_sees_and_decides_nothing(
    asked: Arriving, owner: Member, stranger: Member
) -> None:
    (review,) = ask(asked, owner, "reviews")["data"]
    merge = post(asked, owner, f"reviews/{review['id']}/merge").get_json()
    assert ask(asked, stranger, "reviews", state="merged")["data"] == []
    assert ask(asked, stranger, "merges")["data"] == []
    for path in (f"reviews/{review['id']}", f"merges/{merge['id']}"):
        answer = asked.client.get(f"{IDENTITY}/{path}", headers=stranger.bearer())
        assert answer.status_code == 404
    for path in (
        f"reviews/{review['id']}/merge",
        f"reviews/{review['id']}/keep-apart",
        f"merges/{merge['id']}/undo",
    ):
        assert post(asked, stranger, path).status_code == 404
    assert ask(asked, owner, f"merges/{merge['id']}")["undone_at"] is None


@pytest.mark.parametrize("number", [10**18, 2**63, 10**30])
def test_a_number_that_no_row_has_is_not_found(
    arriving: Arriving, owner: Member, number: int
) -> None:
    for path in (f"reviews/{number}", f"merges/{number}"):
        answer = arriving.client.get(f"{IDENTITY}/{path}", headers=owner.bearer())
        assert answer.status_code == 404
    for path in (f"reviews/{number}/merge", f"merges/{number}/undo"):
        assert post(arriving, owner, path).status_code == 404

"""The list of accounts: filters, order, pages, bad values."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from pql.accounts.querying import SORTS
from pql.state.store import State
from tests.fixtures.account_rows import add_account, add_contact, add_standing
from tests.fixtures.web import CREATED_AT, Member

Listing = Callable[..., Any]


@pytest.fixture
def listing(client: FlaskClient, owner: Member) -> Listing:
    """Ask for the list with these parameters."""

    def ask(**parameters: Any) -> Any:
        answer = client.get("/api/v1/accounts", query_string=parameters, headers=owner.bearer())
        return answer.get_json()

    return ask


def ids(page: Any) -> list[str]:
    return [account["id"] for account in page["data"]]


@pytest.fixture
def accounts(web_state: State, owner: Member, stranger: Member) -> None:
    """Three motions, an unknown score, a customer without a motion, a stranger's account."""
    with web_state.writing() as session:
        mine = owner.workspace_id
        high = add_account(
            session,
            mine,
            "high",
            name="Zebra",
            score=90,
            motion="high_touch",
            pql="met",
            status="trial",
            plan="team",
            trial_started_at=CREATED_AT,
        )
        add_contact(session, high, "ada", stage="MQL")
        add_contact(session, high, "bob")
        add_account(session, mine, "low", name="100% ape", score=50, motion="low_touch", pql="met")
        add_account(session, mine, "dark", score=None, motion="unknown", status="trial")
        add_account(session, mine, "customer", name="Äffle", status="paying")
        add_account(session, stranger.workspace_id, "theirs", score=99, motion="high_touch")


@pytest.mark.usefixtures("accounts")
@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, ["high", "low", "dark", "customer"]),
        ({"motion": "high_touch"}, ["high"]),
        ({"motion": "unknown"}, ["dark"]),
        ({"status": "trial"}, ["high", "dark"]),
        ({"pql": "met"}, ["high", "low"]),
        ({"min_score": 50, "max_score": 90}, ["high", "low"]),
        ({"min_score": 0}, ["high", "low"]),
        ({"max_score": 89}, ["low"]),
        ({"q": "ZEB"}, ["high"]),
        ({"q": "100%"}, ["low"]),
        ({"q": "_"}, []),
        ({"q": "cust"}, ["customer"]),
        ({"sort": "motion"}, ["dark", "low", "high", "customer"]),
        ({"sort": "name"}, ["low", "dark", "high", "customer"]),
        ({"sort": "-key"}, ["low", "high", "dark", "customer"]),
        ({"sort": "score"}, ["low", "high", "dark", "customer"]),
        ({"definition": "trial_conversion"}, ["high", "low", "dark"]),
        ({"definition": "trial_conversion", "motion": "low_touch"}, ["low"]),
    ],
)
def test_the_list_answers_what_was_asked(
    listing: Listing, asked: dict[str, Any], found: list[str]
) -> None:
    assert ids(listing(**asked)) == found


@pytest.mark.usefixtures("accounts")
def test_an_account_is_listed_with_its_motion_and_reason(listing: Listing) -> None:
    found = listing(motion="high_touch")["data"][0]
    assert found.pop("trial_day") > 1
    assert found == {
        "id": "high",
        "name": "Zebra",
        "status": "trial",
        "plan": "team",
        "trial_started_at": CREATED_AT.isoformat(),
        "trial_ends_at": None,
        "converted_at": None,
        "people": 2,
        "motion": "high_touch",
        "pql": "met",
        "usage_score": 90,
        "definition": "trial_conversion",
        "reason": "Scores 90 on day 6 because of 2,100 messages sent.",
        "last_seen_at": CREATED_AT.isoformat(),
        "evaluated_at": CREATED_AT.isoformat(),
        "provisional": False,
    }


@pytest.mark.usefixtures("accounts")
def test_an_unknown_score_is_null_and_never_zero(listing: Listing) -> None:
    assert listing(motion="unknown")["data"][0]["usage_score"] is None


def test_a_definition_that_was_asked_for_gives_its_own_result(
    listing: Listing, web_state: State, owner: Member
) -> None:
    with web_state.writing() as session:
        account = add_account(session, owner.workspace_id, "a", score=90, motion="high_touch")
        account.usage_score, account.motion = 11, "no_touch"  # a copy that fell behind
        add_standing(session, account, "dropped", score=1, motion="no_touch", pql="unknown")
    found = listing(definition="trial_conversion")["data"][0]
    assert (found["usage_score"], found["motion"]) == (90, "high_touch")
    assert found["definition"] == "trial_conversion"


SCORES = [None, 0, 50, 50, 50, 100, None, 7]


@pytest.fixture
def many(web_state: State, owner: Member) -> set[str]:
    """Accounts with equal and unknown scores, names and times."""
    keys = [f"account {number:02}" for number in range(24)]
    with web_state.writing() as session:
        for number, key in enumerate(keys):
            add_account(
                session,
                owner.workspace_id,
                key,
                name=[None, "Same", "same", f"N{number}"][number % 4],
                score=SCORES[number % len(SCORES)],
                motion="no_touch" if number % 5 else None,
                last_seen_at=CREATED_AT + timedelta(microseconds=number // 3),
            )
    return set(keys)


def walk(listing: Listing, **parameters: Any) -> list[Any]:
    """Every row, page by page."""
    page = listing(**parameters)
    rows = list(page["data"])
    while page["next_cursor"]:
        page = listing(cursor=page["next_cursor"], **parameters)
        assert page["data"], "a cursor leads to at least one row"
        rows += page["data"]
    return rows


@pytest.mark.parametrize("sort", SORTS)
def test_the_pages_together_are_the_list(listing: Listing, many: set[str], sort: str) -> None:
    whole = ids(listing(sort=sort, limit=500))
    assert set(whole) == many
    assert len(whole) == len(many)
    for limit in (1, 2, 5, 23, 24):
        assert [row["id"] for row in walk(listing, sort=sort, limit=limit)] == whole


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("sort", ["score", "-score"])
def test_unknown_scores_are_last_either_way(listing: Listing, sort: str) -> None:
    scores = [row["usage_score"] for row in listing(sort=sort, limit=500)["data"]]
    known = [score for score in scores if score is not None]
    assert scores == known + [None] * (len(scores) - len(known))
    assert known == sorted(known, reverse=sort.startswith("-"))


@pytest.mark.usefixtures("many")
def test_a_row_that_comes_meanwhile_shifts_no_page(
    listing: Listing, web_state: State, owner: Member
) -> None:
    before = [row["id"] for row in walk(listing, sort="key", limit=24)]
    first = listing(sort="key", limit=10)
    with web_state.writing() as session:
        add_account(session, owner.workspace_id, "a new first one")
    following = listing(sort="key", limit=100, cursor=first["next_cursor"])
    assert ids(first) + ids(following) == before


def test_the_number_of_queries_does_not_grow_with_the_page(
    listing: Listing, many: set[str], web_state: State
) -> None:
    def queries(limit: int) -> int:
        seen: list[str] = []

        def count(*arguments: Any) -> None:
            seen.append(arguments[2])

        event.listen(web_state.engine, "before_cursor_execute", count)
        assert len(listing(limit=limit)["data"]) == limit
        event.remove(web_state.engine, "before_cursor_execute", count)
        return len(seen)

    assert queries(1) == queries(len(many))

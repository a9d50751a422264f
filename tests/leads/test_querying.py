"""The list of leads filters, sorts and pages, and never shows another workspace's people."""

import pytest

from pql.leads.querying import (
    LeadFilter,
    LeadUnknown,
    count_stages,
    describe_lead,
    find_lead,
    leads_of_account,
    list_leads,
)
from pql.paging import CursorInvalid
from tests.leads.conftest import Market


@pytest.fixture
def people(market: Market, strangers_market: Market) -> dict[str, int]:
    """Three people with scores 60, 10 and 0, and a stranger with the first one's address."""
    account_id = market.account(employees=80)
    boss = market.person("Boss@example.com", account_id, title="CEO")
    reader = market.person("reader@example.com")
    market.person("quiet@example.com")
    market.does(boss, "guide_downloaded")
    market.does(boss, "webinar_attended")
    market.does(reader, "guide_downloaded")
    stranger = strangers_market.person("boss@example.com")
    market.evaluate()
    return {"account": account_id, "boss": boss, "reader": reader, "stranger": stranger}


def addresses(market: Market, **asked: object) -> list[str | None]:
    with market.state.reading() as session:
        page = list_leads(session, market.workspace_id, LeadFilter(**asked))  # type: ignore[arg-type]
    return [lead.email for lead in page.data]


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, ["Boss@example.com", "reader@example.com", "quiet@example.com"]),
        ({"stage": "MQL"}, ["Boss@example.com"]),
        ({"min_score": 10}, ["Boss@example.com", "reader@example.com"]),
        ({"max_score": 9}, ["quiet@example.com"]),
        ({"grade": 2}, ["Boss@example.com"]),
        ({"account": "account-1"}, ["Boss@example.com"]),
        ({"search": "BOSS"}, ["Boss@example.com"]),
        ({"search": "%"}, []),
    ],
)
def test_leads_are_filtered(market: Market, asked: dict[str, object], found: list[str]) -> None:
    assert addresses(market, **asked) == found


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize("sort", ["score", "-score", "email", "-stage_since", "last_seen"])
def test_pages_together_are_the_whole_list(market: Market, sort: str) -> None:
    seen: list[int] = []
    cursor = None
    with market.state.reading() as session:
        whole = list_leads(session, market.workspace_id, LeadFilter(), sort=sort)
        while True:
            page = list_leads(
                session, market.workspace_id, LeadFilter(), sort=sort, limit=1, cursor=cursor
            )
            seen += [lead.id for lead in page.data]
            cursor = page.next_cursor
            if cursor is None:
                break
    assert seen == [lead.id for lead in whole.data]
    assert len(seen) == 3


@pytest.mark.usefixtures("people")
def test_a_cursor_of_nobody_is_refused(market: Market) -> None:
    with market.state.reading() as session, pytest.raises(CursorInvalid):
        list_leads(session, market.workspace_id, LeadFilter(), cursor="nonsense")


def test_a_lead_is_found_by_id_or_address_and_tells_everything(
    market: Market, people: dict[str, int]
) -> None:
    with market.state.reading() as session:
        by_id = find_lead(session, market.workspace_id, str(people["boss"]))
        by_address = find_lead(session, market.workspace_id, " BOSS@example.com ")
        assert by_id is by_address
        detail = describe_lead(session, by_id)
    assert detail.summary.account == "account-1"
    assert detail.summary.stage == "MQL"
    assert detail.explanation["score"] == 60
    assert [move.to_stage for move in detail.moves] == ["MQL"]


def test_a_stranger_sees_nothing(
    market: Market, strangers_market: Market, people: dict[str, int]
) -> None:
    with market.state.reading() as session:
        for reference in (str(people["boss"]), "reader@example.com", "\ud800", "\0", "9" * 30):
            with pytest.raises(LeadUnknown):
                find_lead(session, strangers_market.workspace_id, reference)
        listed = list_leads(session, strangers_market.workspace_id, LeadFilter())
        assert [lead.id for lead in listed.data] == [people["stranger"]]
        assert leads_of_account(session, strangers_market.workspace_id, people["account"]) == []


def test_the_leads_of_an_account_are_its_people(market: Market, people: dict[str, int]) -> None:
    with market.state.reading() as session:
        found = leads_of_account(session, market.workspace_id, people["account"])
    assert [lead.id for lead in found] == [people["boss"]]


@pytest.mark.usefixtures("people")
def test_stages_are_counted_for_one_workspace(market: Market) -> None:
    with market.state.reading() as session:
        counts = count_stages(session, market.workspace_id)
    assert counts == {"MQL": 1, "lead": 1, "subscriber": 1}

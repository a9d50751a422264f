"""Sales accepts and rejects, or someone moves a lead by hand: always with a name and a reason."""

import pytest

from pql.leads.decisions import DecisionRefused, accept, move, reject
from pql.state.models import Lead
from tests.leads.conftest import DAY, NOW, Market


@pytest.fixture
def mql(market: Market) -> int:
    boss = market.person("boss@example.com", market.account(employees=80), title="CEO")
    market.does(boss, "webinar_attended")
    market.evaluate()
    return boss


def stage_of(market: Market, contact_id: int) -> str:
    lead = market.lead(contact_id)
    assert lead is not None
    return lead.stage


def test_sales_accepts_an_mql_which_becomes_sql_and_stays_it(market: Market, mql: int) -> None:
    with market.state.writing() as session:
        moved = accept(session, session.get_one(Lead, mql), "a salesperson", NOW)
        assert (moved.moved_by, moved.reason) == ("a salesperson", "accepted by sales")
    market.evaluate(NOW + 300 * DAY)
    assert stage_of(market, mql) == "SQL"


def test_a_rejected_lead_goes_back_to_nurture_until_there_is_new_activity(
    market: Market, mql: int
) -> None:
    with market.state.writing() as session:
        moved = reject(session, session.get_one(Lead, mql), " no budget ", "sales", NOW + DAY)
        assert moved.reason == "rejected by sales: no budget"
    market.evaluate(NOW + DAY)
    assert stage_of(market, mql) == "lead"
    market.does(mql, "guide_downloaded", NOW + 2 * DAY)
    market.evaluate(NOW + 2 * DAY)
    assert market.moves(mql) == [(None, "MQL"), ("MQL", "lead"), ("lead", "MQL")]


def test_a_rejection_needs_a_reason(market: Market, mql: int) -> None:
    with market.state.writing() as session, pytest.raises(DecisionRefused, match="reason"):
        reject(session, session.get_one(Lead, mql), "  ", "sales", NOW)
    assert stage_of(market, mql) == "MQL"


def test_only_an_mql_can_be_accepted(market: Market) -> None:
    reader = market.person("reader@example.com")
    market.evaluate()
    with market.state.writing() as session, pytest.raises(DecisionRefused, match="only MQL"):
        accept(session, session.get_one(Lead, reader), "sales", NOW)


def test_a_lead_that_is_moved_back_by_hand_is_not_moved_on_by_what_was_before(
    market: Market, mql: int
) -> None:
    market.does(mql, "demo_booked")
    market.evaluate()
    assert stage_of(market, mql) == "SQL"
    with market.state.writing() as session:
        lead = session.get_one(Lead, mql)
        move(session, lead, "lead", reason="a student", by="marketing", now=NOW + DAY)
    market.evaluate(NOW + DAY)
    assert stage_of(market, mql) == "lead"


@pytest.mark.parametrize("stage", ["MQL", "prospect"])
def test_a_lead_moves_only_to_another_stage_that_there_is(
    market: Market, mql: int, stage: str
) -> None:
    with market.state.writing() as session, pytest.raises(DecisionRefused, match="cannot move"):
        move(session, session.get_one(Lead, mql), stage, reason="?", by="x", now=NOW)

"""Changed contacts become leads with a score, a stage and its history."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from pql.changes import CONTACT, take_changes
from pql.known_time import HOUSEKEEPING
from pql.leads import evaluation
from pql.leads.evaluation import evaluate_changed_leads, mark_due_leads, mark_leads_ahead
from pql.leases import LeaseLost
from pql.state.models import Account, Change, Contact, DefinitionVersion, JobRun, Lead
from pql.turns import WorkspacesFailed
from tests.leads.conftest import DAY, NOW, Market


def the_lead(market: Market, contact_id: int) -> Lead:
    lead = market.lead(contact_id)
    assert lead is not None
    return lead


def due(market: Market, days: float) -> int:
    with market.state.writing() as session:
        return mark_due_leads(session, NOW + days * DAY)


def test_someone_with_an_address_and_nothing_else_is_a_subscriber(market: Market) -> None:
    reader = market.person("reader@example.com")
    assert market.evaluate() == 1
    lead = the_lead(market, reader)
    assert (lead.stage, lead.score, lead.grade) == ("subscriber", 0, 4)
    assert lead.next_evaluation_at is None


def test_someone_without_address_or_interest_is_no_lead(market: Market) -> None:
    passer_by = market.person()
    market.does(passer_by, "page_opened")
    market.evaluate()
    assert market.lead(passer_by) is None


def test_an_anonymous_person_who_shows_interest_is_a_lead(market: Market) -> None:
    visitor = market.person()
    market.does(visitor, "guide_downloaded")
    market.evaluate()
    assert the_lead(market, visitor).stage == "lead"
    assert market.moves(visitor) == [(None, "lead")]


def test_interest_role_and_company_make_an_mql_and_the_parts_are_stored(market: Market) -> None:
    boss = market.person("boss@example.com", market.account(employees=80), title="CEO")
    market.does(boss, "guide_downloaded")
    market.does(boss, "webinar_attended")
    market.evaluate()
    lead = the_lead(market, boss)
    assert (lead.stage, lead.score, lead.grade) == ("MQL", 60, 2)
    assert lead.explanation["score"] == sum(part["points"] for part in lead.explanation["parts"])
    assert lead.explanation["sentence"] == (
        "score 60: decision maker 20, webinar attended 15, company size 15, guide downloaded 10"
    )


def test_a_demo_that_was_booked_is_for_sales(market: Market) -> None:
    buyer = market.person("buyer@example.com")
    market.evaluate()
    market.does(buyer, "demo_booked")
    market.evaluate()
    assert market.moves(buyer) == [(None, "subscriber"), ("subscriber", "SQL")]


def test_points_fade_when_time_passes_and_nothing_else_happens(market: Market) -> None:
    reader = market.person("reader@example.com")
    market.does(reader, "guide_downloaded")
    market.evaluate()
    assert due(market, 0.5) == 0
    assert due(market, 30) == 1
    market.evaluate(NOW + 30 * DAY)
    assert the_lead(market, reader).score == 5


def test_an_mql_that_sales_left_alone_goes_cold_by_time_alone(market: Market) -> None:
    boss = market.person("boss@example.com", market.account(employees=80), title="CEO")
    market.does(boss, "webinar_attended")
    market.evaluate()
    assert the_lead(market, boss).stage == "MQL"
    due(market, 8)
    market.evaluate(NOW + 8 * DAY)
    assert market.moves(boss) == [(None, "MQL"), ("MQL", "lead")]


def test_who_went_cold_by_a_clock_that_was_ahead_is_an_mql_again(market: Market) -> None:
    """And goes cold when it would have: the week to answer began when it became one."""
    boss = market.person("boss@example.com", market.account(employees=80), title="CEO")
    market.does(boss, "webinar_attended")
    market.evaluate()
    right = the_lead(market, boss)
    market.queue(boss)
    market.evaluate(NOW + 40 * DAY)
    with market.state.writing() as session:
        assert mark_leads_ahead(session, NOW + DAY) == 1
    with market.state.writing() as session:
        assert mark_leads_ahead(session, NOW + DAY) == 0
    market.evaluate(NOW + DAY)
    lead = the_lead(market, boss)
    assert (lead.stage, lead.stage_since) == ("MQL", right.stage_since)
    assert market.moves(boss) == [(None, "MQL"), ("MQL", "lead"), ("lead", "MQL")]
    assert due(market, 8) == 1
    market.evaluate(NOW + 8 * DAY)
    assert the_lead(market, boss).stage == "lead"


def test_what_happened_to_a_lead_while_the_clock_was_ahead_stays(market: Market) -> None:
    """It is in its stage since now: nobody can be since a time to come."""
    buyer = market.person("buyer@example.com")
    market.evaluate()
    market.does(buyer, "demo_booked")
    market.evaluate(NOW + 40 * DAY)
    with market.state.writing() as session:
        mark_leads_ahead(session, NOW + DAY)
    market.evaluate(NOW + DAY)
    lead = the_lead(market, buyer)
    assert (lead.stage, lead.stage_since) == ("SQL", NOW + DAY)
    assert market.moves(buyer) == [(None, "subscriber"), ("subscriber", "SQL")]


def test_a_clock_that_is_behind_takes_back_no_move(market: Market) -> None:
    """It is this clock that is wrong, as the runs of housekeeping tell."""
    boss = market.person("boss@example.com", market.account(employees=80), title="CEO")
    market.does(boss, "webinar_attended")
    market.evaluate()
    market.queue(boss)
    market.evaluate(NOW + 8 * DAY)
    with market.state.writing() as session:
        for hour in range(6):
            at = NOW + 8 * DAY + hour * timedelta(hours=1)
            session.add(JobRun(job=HOUSEKEEPING, slot=at, started_at=at, outcome="done"))
    with market.state.writing() as session:
        mark_leads_ahead(session, NOW)
    assert the_lead(market, boss).stage == "lead"


def test_the_people_of_an_account_that_begins_to_pay_become_customers(market: Market) -> None:
    account_id = market.account()
    user = market.person("user@example.com", account_id)
    market.evaluate()
    with market.state.writing() as session:
        session.get_one(Account, account_id).status = "paying"
    assert due(market, 0) == 1
    market.evaluate()
    assert the_lead(market, user).stage == "customer"
    assert due(market, 0) == 0


def test_evaluating_again_changes_nothing_and_leaves_nothing_queued(market: Market) -> None:
    reader = market.person("reader@example.com")
    market.evaluate()
    market.queue(reader)
    assert market.evaluate() == 1
    assert market.evaluate() == 0
    assert market.moves(reader) == [(None, "subscriber")]
    with market.state.reading() as session:
        assert session.scalar(select(func.count()).select_from(Change)) == 0


def test_a_visitor_who_turns_out_to_be_known_brings_the_lead_along(market: Market) -> None:
    visitor, known = market.person(), market.person("known@example.com")
    market.does(visitor, "demo_booked")
    market.evaluate()
    with market.state.writing() as session:
        session.get_one(Contact, visitor).merged_into_id = known
    market.queue(visitor)
    market.evaluate()
    market.evaluate()
    assert the_lead(market, known).stage == "SQL"
    assert market.moves(known) == [(None, "subscriber"), ("subscriber", "SQL")]


def test_a_visitor_gives_the_lead_to_someone_who_has_none_yet(market: Market) -> None:
    visitor = market.person()
    market.does(visitor, "demo_booked")
    market.evaluate()
    known = market.person("known@example.com")
    with market.state.writing() as session:
        session.get_one(Contact, visitor).merged_into_id = known
    market.queue(visitor)
    market.evaluate()
    assert the_lead(market, known).stage == "SQL"
    assert market.moves(known) == [(None, "SQL")]


def test_whoever_lost_the_lease_writes_nothing(market: Market) -> None:
    def lost(_session: Session) -> None:
        raise LeaseLost("another process has it")

    reader = market.person("reader@example.com")
    with pytest.raises(LeaseLost):
        evaluate_changed_leads(market.state, market.store, NOW, lost)
    assert market.lead(reader) is None
    assert market.evaluate() == 1


def test_a_strangers_events_give_no_points(market: Market, strangers_market: Market) -> None:
    reader = market.person("reader@example.com")
    strangers_market.does(reader, "demo_booked")
    market.evaluate()
    market.evaluate()
    assert the_lead(market, reader).score == 0


def test_a_workspace_whose_leads_cannot_be_scored_waits_alone(
    market: Market, strangers_market: Market
) -> None:
    ours = strangers_market.person("reader@example.com")
    market.person("other@example.com")
    with market.state.writing() as session:
        own = DefinitionVersion.workspace_id == market.workspace_id
        session.execute(update(DefinitionVersion).where(own).values(content="metrics: ["))
    with pytest.raises(WorkspacesFailed, match=f"^workspace {market.workspace_id}: "):
        market.evaluate()
    assert strangers_market.lead(ours) is not None


def test_leads_that_are_due_are_queued_for_every_workspace(
    market: Market, strangers_market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluation, "LEADS_A_SWEEP", 2)
    people = [market.person(f"{each}@example.com") for each in range(3)]
    ours = strangers_market.person("reader@example.com")
    market.evaluate()
    with market.state.writing() as session:
        session.execute(update(Lead).values(next_evaluation_at=NOW))
        mark_due_leads(session, NOW)
        taken = take_changes(session, CONTACT, 9)
    assert {each.subject_id for each in taken} == {people[0], ours}

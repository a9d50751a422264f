"""From kept events to the account: links, history, what waits, and what a person decides."""

import json
import random
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select, update

from pql.accounts.conflicts import told_conflicts
from pql.state.bulk import table_of
from pql.state.models import Account, AccountFact, BillingCustomer, Change, Contact
from pql.workspace_settings import change_settings
from tests.billing.told import (
    Event,
    body,
    converting,
    customer,
    day,
    event,
    lapsing,
    moment,
    refunding,
    subscription,
)
from tests.fixtures.arriving import Arriving
from tests.fixtures.web import Member
from usage_ingest.billing import taking_up
from usage_ingest.billing.customers import STATES, Customer, link, list_customers, unlink
from usage_ingest.billing.keeping import keep_event
from usage_ingest.billing.linking import Found, take
from usage_ingest.billing.stripe_events import read_event
from usage_ingest.person_accounts import settle_people

NOW = moment(40)
GROUP = {"type": "group", "userId": "u", "messageId": "g", "timestamp": "2026-03-01T00:00:00Z"}


LATE = ("customer.subscription.updated", 30, subscription("past_due"))
ANY_METRIC = "metrics:\n  a: {event: e, aggregate: count, window: whole trial}\n"


class Billing:
    """A workspace that Stripe tells of its customers."""

    def __init__(self, arriving: Arriving, owner: Member) -> None:
        self.arriving, self.owner = arriving, owner

    def account(self, key: str = "acme", email: str | None = None, **traits: Any) -> None:
        """The product sends an account, and if need be a person in it."""
        said = {**GROUP, "groupId": key, "messageId": f"g {key}", "traits": traits}
        person = {**GROUP, "type": "identify", "messageId": f"i {key}", "traits": {"email": email}}
        self.send(said, *([person] if email else []))

    def send(self, *past: Event) -> None:
        """The product sends past events, which are loaded."""
        key = self.owner.bearer("write")
        sent = self.arriving.client.post("/v1/import", json={"batch": past}, headers=key)
        assert sent.status_code == 200
        self.arriving.load(datetime.now(UTC))

    def tell(self, *told: Event) -> None:
        """Stripe tells; the worker takes it up."""
        with self.arriving.state.writing() as session:
            for each in told:
                read = read_event(body(each))
                assert read is not None
                keep_event(session, self.owner.workspace_id, read, NOW)
        self.take_up()

    def take_up(self) -> None:
        """What the worker does every second, and every minute."""
        with self.arriving.state.writing() as session:
            taking_up.take_up(session, NOW)
            taking_up.take_up_waiting(session, NOW)
            taking_up.take_up(session, NOW)
            assert not taking_up.has_work(session)

    def customer(self) -> Customer:
        """The only one."""
        with self.arriving.state.reading() as session:
            (only,) = list_customers(session, self.owner.workspace_id).data
        return only

    def in_state(self, state: str) -> Sequence[Customer]:
        """Those in this state."""
        with self.arriving.state.reading() as session:
            return list_customers(session, self.owner.workspace_id, state=state).data

    def found(self, key: str = "acme") -> Account:
        """An account as it is kept."""
        own = Account.workspace_id == self.owner.workspace_id, Account.key == key
        with self.arriving.state.reading() as session:
            return session.scalars(select(Account).where(*own)).one()

    def facts(self, key: str = "acme") -> list[tuple[Any, ...]]:
        """The facts that Stripe's events told."""
        account_id = self.found(key).id
        own = AccountFact.account_id == account_id, AccountFact.known_from == "stripe"
        with self.arriving.state.reading() as session:
            rows = session.scalars(select(AccountFact).where(*own)).all()
        return sorted((row.effective_at, row.field, row.value, row.detail) for row in rows)


@pytest.fixture
def billing(arriving: Arriving, owner: Member) -> Billing:
    return Billing(arriving, owner)


@pytest.mark.parametrize("told", [converting(), lapsing(), refunding()])
def test_one_by_one_in_any_order_the_account_is_the_same(
    billing: Billing, told: list[Event]
) -> None:
    billing.account()
    billing.account("other")
    billing.tell(*told)
    expected = billing.facts(), billing.found().status, billing.found().traits
    for seed in range(2):
        others = [_of_other(each) for each in told]
        random.Random(seed).shuffle(others)
        for each in [*others, others[0]]:
            billing.tell(each)
    other = billing.found("other")
    facts = [(*row[:3], row[3].replace("_2", "_1")) for row in billing.facts("other")]
    assert (facts, other.status, other.traits) == expected


def _of_other(told: Event) -> Event:
    text = body(told).decode().replace("_1", "_2").replace("acme", "other")
    again: Event = json.loads(text)
    return {**again, "id": f"{told['id']}_2"}


def test_what_names_no_account_yet_waits_and_is_taken_up(billing: Billing) -> None:
    billing.tell(*converting())
    waiting = billing.customer()
    assert (waiting.state, waiting.account) == ("waiting", None)
    assert waiting.why == "metadata account_id is 'acme', and no such account is known yet"
    billing.account()
    billing.take_up()
    assert (billing.customer().state, billing.customer().linked_by) == (
        "linked",
        "metadata account_id",
    )
    acme = billing.found()
    assert (acme.status, acme.converted_at, acme.plan) == ("paying", moment(14), "Team")
    assert acme.traits["stripe_amount_a_month"] == 58
    with billing.arriving.state.reading() as session:
        assert session.scalar(select(Change).where(Change.subject_id == acme.id)) is not None


def test_an_id_trait_names_the_customer(billing: Billing) -> None:
    billing.account(stripe_customer_id="cus_1")
    billing.tell(*[event("e0", "customer.created", 0, customer(metadata={}))], *converting()[1:])
    assert billing.customer().linked_by == "trait stripe_customer_id"
    assert billing.found().status == "paying"


def test_a_domain_is_decided_by_a_person(billing: Billing) -> None:
    billing.account(email="ada@mail.acme-example.com")
    paid = customer(metadata={}, email="billing@acme-example.com")
    billing.tell(event("e0", "customer.created", 0, paid), *converting()[1:])
    asked = billing.customer()
    assert (asked.state, asked.candidates) == ("review", ["acme"])
    assert billing.found().status == "unknown"
    assert [len(billing.in_state(each)) for each in STATES] == [0, 1, 0]
    with billing.arriving.state.writing() as session:
        link(session, billing.owner.workspace_id, "cus_1", "acme", by="ada", now=NOW)
    billing.take_up()
    assert (billing.found().status, billing.customer().linked_by) == ("paying", "decided by ada")
    with billing.arriving.state.writing() as session:
        unlink(session, billing.owner.workspace_id, "cus_1", "acme", NOW)
    billing.take_up()
    assert (billing.customer().state, billing.customer().candidates) == ("waiting", [])
    assert billing.facts() == []
    assert (billing.found().status, billing.found().traits) == ("unknown", {})


def test_free_mail_names_nobody(billing: Billing) -> None:
    billing.account(email="ada@gmail.com")
    paid = customer(metadata={}, email="bob@gmail.com")
    billing.tell(event("e0", "customer.created", 0, paid))
    assert (billing.customer().state, billing.customer().candidates) == ("waiting", [])


def test_other_metadata_move_the_customer(billing: Billing) -> None:
    billing.account()
    billing.account("other")
    billing.tell(*converting())
    moved = customer(metadata={"account_id": "other"})
    billing.tell(event("e9", "customer.updated", 30, moved))
    assert (billing.found().status, billing.facts()) == ("unknown", [])
    assert billing.found("other").status == "paying"


@pytest.mark.parametrize("by", ["metadata", "trait", "a person"])
def test_the_customer_of_a_person_is_that_of_the_company_they_join(
    billing: Billing, by: str
) -> None:
    with billing.arriving.state.writing() as session:
        own = billing.owner.workspace_id
        change_settings(session, own, {"person_accounts": "without_company"})
    traits = {"stripe_customer_id": "cus_1"} if by == "trait" else {}
    billing.send({**GROUP, "type": "identify", "messageId": "i", "traits": traits})
    metadata = {"account_id": "u"} if by == "metadata" else {}
    paid = customer(metadata=metadata, email="billing@acme-example.com")
    billing.tell(event("e0", "customer.created", 0, paid), *converting()[1:])
    if by == "a person":
        with billing.arriving.state.writing() as session:
            link(session, own, "cus_1", "u", by="ada", now=NOW)
        billing.take_up()
    assert billing.found("u").status == "paying"
    billing.send({**GROUP, "groupId": "acme", "messageId": "g"})
    billing.take_up()
    assert (billing.customer().account, billing.found().status) == ("acme", "paying")
    assert billing.found().traits["stripe_amount_a_month"] == 58
    ended = subscription("canceled", canceled_at=day(39), ended_at=day(39))
    billing.tell(event("e9", "customer.subscription.deleted", 39, ended))
    assert (billing.found().status, billing.found().churned_at) == ("churned", moment(39))


def test_the_customer_of_a_person_who_is_no_account_any_more_waits(billing: Billing) -> None:
    own = billing.owner.workspace_id
    for wanted in ("always", "never"):
        with billing.arriving.state.writing() as session:
            change_settings(session, own, {"person_accounts": wanted})
        if wanted == "always":
            billing.send({**GROUP, "type": "identify", "messageId": "i"})
            known = customer(metadata={"account_id": "u"})
            billing.tell(event("e0", "customer.created", 0, known), *converting()[1:])
            assert billing.customer().account == "u"
    with billing.arriving.state.writing() as session:
        settle_people(session, own, session.scalars(select(Contact.id)).all(), NOW)
    billing.take_up()
    waiting = billing.customer()
    assert (waiting.state, waiting.linked_by) == ("waiting", "")
    assert waiting.why == "metadata account_id is 'u', and no such account is known yet"


def test_what_a_person_decided_since_the_customers_were_listed_is_kept(billing: Billing) -> None:
    billing.account()
    billing.account("other")
    billing.tell(*converting())
    with billing.arriving.state.writing() as session:
        listed = session.scalars(select(BillingCustomer)).one()
        assert listed.linked_by == "metadata account_id"
        other = billing.found("other").id
        decided = {"account_id": other, "linked_by": "decided by ada", "changed_at": NOW}
        session.execute(update(table_of(BillingCustomer)).values(decided))
        taking_up.take_up(session, NOW)
    assert (billing.customer().account, billing.customer().linked_by) == ("other", "decided by ada")
    assert billing.found("other").status == "paying"


def test_what_the_product_says_else_is_told(billing: Billing) -> None:
    billing.account(trialEndsAt="2026-03-31", status="trial")
    billing.tell(*converting())
    acme = billing.found()
    assert (acme.status, acme.trial_ends_at) == ("paying", moment(14))
    told = told_conflicts(acme.lifecycle)
    assert any("trial ends at is 2026-03-31" in each for each in told), told
    assert any("status is " in each for each in told), told


def test_definitions_that_are_applied_or_put_back_work_every_account_out_again(
    billing: Billing,
) -> None:
    billing.account(status="churned")
    billing.account("other", trial_started_at="2026-03-01", plan="trial")
    billing.tell(*converting()[:5], event("e8", *LATE))

    def found() -> list[Any]:
        billing.take_up()
        return [billing.found().status, billing.found("other").trial_ends_at]

    def put(lifecycle: str) -> None:
        path, key = "/api/v1/definitions", billing.owner.bearer("admin")
        text = f"{ANY_METRIC}lifecycle: {{{lifecycle}}}\n"
        assert billing.arriving.client.put(path, data=text, headers=key).status_code == 200

    assert found() == ["paying", None]
    put("leading_source: product")
    assert billing.found().status == "churned", "at once"
    put("trial_days: 30")
    assert found() == ["paying", moment(30)]
    put("values: {past_due: churned, active: paying}")
    assert found() == ["churned", None]
    back = "/api/v1/definitions/versions/2/revert"
    billing.arriving.client.post(back, headers=billing.owner.bearer("admin"))
    assert found() == ["churned", None]
    assert billing.found().lifecycle["status"]["known_from"] == "import"


def test_a_stranger_sees_nothing(billing: Billing, stranger: Member) -> None:
    billing.account()
    billing.tell(*converting())
    with billing.arriving.state.reading() as session:
        assert list_customers(session, stranger.workspace_id).data == []
    client = billing.arriving.client
    path = "/api/v1/billing/customers"
    seen = client.get(path, headers=billing.owner.bearer()).json
    assert seen is not None
    assert seen["data"][0]["account"] == "acme"
    for refused, key, status in (
        (f"{path}/cus_1/unlink", stranger.bearer("admin"), 404),
        (f"{path}/cus_1/link", stranger.bearer("admin"), 404),
        (f"{path}/cus_1/unlink", billing.owner.bearer("read"), 403),
    ):
        answer = client.post(refused, json={"account": "acme"}, headers=key)
        assert answer.status_code == status
    assert billing.customer().account == "acme"


@pytest.mark.parametrize(
    ("linked_by", "found_by", "expected"),
    [
        ("metadata account_id", "e-mail domain acme-example.com", 1),
        ("trait stripe_customer_id", "e-mail domain acme-example.com", 1),
        ("e-mail domain other-example.com", "e-mail domain acme-example.com", 2),
        ("metadata account_id", "trait stripe_customer_id", 2),
        ("decided by ada", "metadata account_id", 1),
    ],
)
def test_a_link_gives_way_to_what_tells_more(linked_by: str, found_by: str, expected: int) -> None:
    linked = BillingCustomer(account_id=1, linked_by=linked_by)
    assert take(linked, Found(2, found_by)) == ({1} if expected == 1 else {1, 2})
    assert linked.account_id == expected

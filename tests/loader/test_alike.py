"""Events like one before them are decided together, and become what each would become by itself."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from pql.events.schema import events as stored_events
from pql.state.models import (
    Account,
    AccountFact,
    Change,
    Contact,
    ContactAccount,
    Identity,
    IntakeCount,
)
from pql.workspaces import create_workspace
from tests.fixtures.loading import RECEIVED_AT, Loading, group, identify, stores_for_examples, track
from usage_ingest.journal_line import ALL, Scope
from usage_ingest.loading.loader import load
from usage_ingest.loading.recent_events import recent_events
from usage_ingest.translating.reading import Reader
from usage_ingest.translating.taken import Taken

DEFINITIONS = """
lifecycle:
  events: {subscription_started: paying}
  internal_domains: [ours.example.com]
accounts: {from_email_domain: true}
filters: {bots: true}
"""
MOMENTS = (timedelta(days=-2), timedelta(hours=-1), timedelta(), timedelta(hours=1))
workspaces = count(1)


class OneByOne(Reader):
    """Leaves no event to be decided with another."""

    def read(self, part: float = 1.0, scope: Scope = ALL) -> Taken:
        return super().read(part, scope).spelled_out()


users, visitors = st.sampled_from(["u1", "u2"]), st.sampled_from(["v1", "v2"])
people = st.one_of(
    users.map(lambda user: {"userId": user}),
    visitors.map(lambda visitor: {"anonymousId": visitor}),
    st.builds(lambda user, visitor: {"userId": user, "anonymousId": visitor}, users, visitors),
    st.just({"userId": "undefined"}),
)
contexts = st.sampled_from(
    [{}, {}, {"groupId": "acme"}, {"groupId": "globex"}, {"userAgent": "Googlebot/2.1"}]
)
routine = st.builds(
    lambda who, kind, name, context, properties: {
        "type": kind,
        "event": name,
        "context": context,
        "properties": properties,
        **who,
    },
    people,
    st.sampled_from(["track", "track", "page"]),
    st.sampled_from(["seen", "seen", "Subscription Started"]),
    contexts,
    st.sampled_from([{}, {"seats": 3}]),
)
others = st.one_of(
    st.builds(lambda who, key: {"type": "group", "groupId": key, **who}, people, st.just("acme")),
    st.builds(
        lambda user, visitor, email: {
            "type": "identify",
            "userId": user,
            "anonymousId": visitor,
            "traits": {"email": email},
        },
        users,
        visitors,
        st.sampled_from(["ada@initech.example.com", "me@ours.example.com"]),
    ),
    st.builds(
        lambda user, visitor: {"type": "alias", "userId": user, "previousId": visitor},
        users,
        visitors,
    ),
    st.just({"type": "track", "event": "nobody's"}),
)
few = st.lists(routine, min_size=1, max_size=3)
"""Drawn once for all loads: they come again and again."""
again = st.integers(0, 2)
ids = st.sampled_from([None, None, None, None, "the same"])


@st.composite
def several_loads(draw: st.DrawFn) -> list[list[dict[str, Any]]]:
    """Requests, of whose events many are alike, and few tell something else or come twice."""
    of_each_kind = draw(few)
    events = st.one_of(*[again.map(lambda n: of_each_kind[n % len(of_each_kind)])] * 4, others)
    sent = st.tuples(events, st.sampled_from(MOMENTS), ids)
    loads = draw(st.lists(st.lists(sent, min_size=4, max_size=12), min_size=1, max_size=2))
    return [
        [
            {
                **event,
                "messageId": message_id or f"{number}-{position}",
                "timestamp": text(RECEIVED_AT + moment),
            }
            for position, (event, moment, message_id) in enumerate(events)
        ]
        for number, events in enumerate(loads)
    ]


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loading]:
    """One pair of stores for all examples: each has workspaces of its own."""
    yield from stores_for_examples(tmp_path_factory.mktemp("alike"))


@given(several_loads())
# Not made smaller when one fails: each try takes a quarter of a second.
@settings(max_examples=60, phases=[Phase.explicit, Phase.reuse, Phase.generate])
def test_events_become_what_they_would_by_themselves(
    stores: Loading, loads: list[list[dict[str, Any]]]
) -> None:
    together = Reader(stores.state, stores.settings)
    one_by_one = OneByOne(stores.state, stores.settings)
    assert become(stores, loads, together) == become(stores, loads, one_by_one)


def become(loading: Loading, loads: list[list[dict[str, Any]]], reader: Reader) -> dict[str, Any]:
    with loading.state.writing() as session:
        name = f"workspace {next(workspaces)}"
        loading.workspace_id = create_workspace(session, name, loading.now).id
    loading.apply_definitions(DEFINITIONS)
    for events in loads:
        loading.send(*events)
        load(loading.state, loading.store, loading.settings, loading.now, reader=reader)
    return picture(loading)


def text(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def picture(loading: Loading) -> dict[str, Any]:
    """Everything that a load decides, with names in the place of row ids."""
    own = loading.workspace_id
    with loading.state.reading() as session:

        def rows(statement: Any) -> list[Any]:
            return list(session.execute(statement).all())

        accounts = dict(rows(select(Account.id, Account.key).where(Account.workspace_id == own)))
        names: dict[Any, list[Any]] = {}
        noted = select(Identity.contact_id, Identity.kind, Identity.value, Identity.linked_at)
        for contact_id, *identity in rows(noted.where(Identity.workspace_id == own)):
            names.setdefault(contact_id, []).append(tuple(identity))
        contacts = {contact_id: tuple(sorted(each)) for contact_id, each in names.items()}
        found = {
            "accounts": seen(session.scalars(select(Account).where(Account.workspace_id == own))),
            "contacts": {
                contacts[each.id]: (
                    (each.user_id, each.email, each.first_seen_at, each.last_seen_at),
                    (accounts.get(each.account_id), contacts.get(each.merged_into_id)),
                )
                for each in session.scalars(select(Contact).where(Contact.workspace_id == own))
            },
            "members": {
                (contacts[each.contact_id], accounts[each.account_id]): (
                    each.first_seen_at,
                    each.inherited,
                )
                for each in session.scalars(select(ContactAccount))
                if each.account_id in accounts
            },
            "facts": Counter(
                (
                    accounts[each.account_id],
                    each.field,
                    each.value,
                    each.effective_at,
                    each.known_from,
                )
                for each in session.scalars(select(AccountFact))
                if each.account_id in accounts
            ),
            "counts": {
                (each.source_id, each.fate, each.reason): each.events
                for each in session.scalars(
                    select(IntakeCount).where(IntakeCount.workspace_id == own)
                )
            },
            "queued": {
                (
                    each.subject,
                    (accounts if each.subject == "account" else contacts)[each.subject_id],
                )
                for each in session.scalars(select(Change).where(Change.workspace_id == own))
            },
            "recent": recent_events(session, own),
        }
    frame = loading.store.frame(select(stored_events).where(stored_events.c.workspace_id == own))
    frame["account_id"] = frame["account_id"].map(accounts)
    for column in ("contact_id", "original_contact_id"):
        frame[column] = frame[column].map(contacts)
    frame = frame.drop(columns=["workspace_id", "batch_id"]).set_index("message_id").sort_index()
    return found | {"events": frame.astype(str).to_dict("index")}


def seen(accounts: Any) -> Mapping[str, Any]:
    return {
        each.key: (each.status, each.first_seen_at, each.last_seen_at, each.traits)
        for each in accounts
    }


def test_one_of_a_kind_stands_for_the_others(loading: Loading) -> None:
    loading.send(*(track(f"{n}", "ada", group="acme") for n in range(5)), track("5", "bob"))
    taken = Reader(loading.state, loading.settings).read()
    assert [message.result.message_id for message in taken.messages] == ["0", "5"]
    assert (len(taken.alike), len(taken)) == (4, 6)


def test_another_key_makes_another_kind(loading: Loading) -> None:
    loading.send(track("1", "ada"))
    loading.send(track("2", "ada"), workspace_id=loading.stranger_id)
    taken = Reader(loading.state, loading.settings).read()
    assert len(taken.messages) == 2


def test_what_comes_twice_is_stored_once(loading: Loading) -> None:
    loading.load_sent(track("1"), track("2"), track("2"), track("1"))
    loading.load_sent(track("3"), track("2"), track("4"), track("3"))
    assert list(loading.stored().index) == ["1", "2", "3", "4"]
    assert loading.fates() == {"stored": 4, "duplicate": 4}


def test_the_account_changes_between_events_that_look_alike(loading: Loading) -> None:
    loading.load_sent(
        group("g1", "acme", timestamp=text(RECEIVED_AT - timedelta(hours=3))),
        track("1", timestamp=text(RECEIVED_AT - timedelta(hours=2, minutes=30))),
        track("2", timestamp=text(RECEIVED_AT - timedelta(hours=2, minutes=20))),
        identify("i1"),
        group("g2", "globex", timestamp=text(RECEIVED_AT - timedelta(hours=2))),
        track("3"),
        track("4"),
    )
    accounts = {each: loading.account_of(each) for each in "1234"}
    assert accounts == {"1": "acme", "2": "acme", "3": "globex", "4": "globex"}


def test_each_tells_of_a_status_at_its_own_time(loading: Loading) -> None:
    loading.apply_definitions(DEFINITIONS)
    times = [text(RECEIVED_AT - timedelta(hours=hours)) for hours in (2, 5, 1)]
    loading.load_sent(
        *(track(at, event="Subscription Started", group="acme", timestamp=at) for at in times)
    )
    assert loading.account("acme").converted_at == RECEIVED_AT - timedelta(hours=5)


def test_a_program_is_not_the_person_whose_id_it_uses(loading: Loading) -> None:
    robot = {"groupId": "acme", "userAgent": "Googlebot/2.1"}
    loading.load_sent(
        track("1", context={"groupId": "acme"}),
        track("2", context=robot),
        track("3", context=robot),
    )
    assert loading.stored()["filtered"].to_dict() == {"1": False, "2": True, "3": True}


def test_the_first_and_the_last_time_are_those_of_all(loading: Loading) -> None:
    hours = (3, 9, 1, 5)
    loading.load_sent(
        *(
            track(f"{n}", group="acme", timestamp=text(RECEIVED_AT - timedelta(hours=n)))
            for n in hours
        )
    )
    seen_at = [RECEIVED_AT - timedelta(hours=n) for n in (9, 1)]
    for each in (loading.account("acme"), loading.contact_of("3")):
        assert [each.first_seen_at, each.last_seen_at] == seen_at


def test_those_of_a_workspace_that_is_gone_are_counted_too(loading: Loading) -> None:
    gone = 1_000
    loading.send(track("1"), track("2"), track("3"), workspace_id=gone)
    loading.load_sent(track("4"), track("5"))
    assert loading.fates(gone) == {"quarantined": 3}
    assert list(loading.stored().index) == ["4", "5"]

"""Whatever is linked, merged and undone in whatever order: every event is one contact's."""

from collections import Counter
from collections.abc import Iterator
from contextlib import nullcontext, suppress
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from pql.events.schema import events
from pql.state.models import Account, Contact, ContactAccount, ContactMerge
from pql.workspace_settings import PERSON_ACCOUNTS, change_settings
from pql.workspaces import create_workspace
from tests.fixtures.loading import RECEIVED_AT, Loading, stores_for_examples
from tests.identity.people import decide, merges, reviews
from tests.loader.test_exactly_once import CUTS, PowerCut
from usage_ingest.identity_reviews.decisions import Decider, IdentityRefused

VISITORS, USERS, ACCOUNTS = ("v1", "v2", "v3"), ("u1", "u2", "u3"), ("acme", "globex")
workspaces = count(1)

visitors, users = st.sampled_from(VISITORS), st.sampled_from(USERS)
anybody = st.one_of(
    visitors.map(lambda visitor: {"anonymousId": visitor}),
    users.map(lambda user: {"userId": user}),
    visitors.map(lambda visitor: {"userId": visitor}),
)
times = st.integers(1, 60).map(lambda minutes: RECEIVED_AT - timedelta(minutes=minutes))
tracks = st.builds(
    lambda who, group, at: {"type": "track", "event": "seen", **who, **group, **at},
    anybody,
    st.sampled_from([{}, {}, *({"context": {"groupId": key}} for key in ACCOUNTS)]),
    times.map(lambda at: {"timestamp": at.isoformat()}),
)
groups = st.builds(
    lambda who, key, at: {"type": "group", "groupId": key, "timestamp": at.isoformat(), **who},
    anybody,
    st.sampled_from(ACCOUNTS),
    times,
)
links = st.builds(
    lambda user, visitor: {"type": "identify", "userId": user, "anonymousId": visitor},
    users,
    visitors,
)
aliases = st.builds(
    lambda who, previous: {"type": "alias", **who, "previousId": previous},
    anybody,
    st.sampled_from((*VISITORS, *USERS)),
)
sent = st.lists(st.one_of(tracks, groups, links, aliases, aliases), min_size=3, max_size=8)
decisions = st.tuples(st.sampled_from(["merge", "keep_apart", "undo", "undo"]), st.integers(0, 20))
steps = st.lists(
    st.tuples(st.one_of(sent, decisions), st.sampled_from([None, None, None, *CUTS])),
    min_size=2,
    max_size=9,
)


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loading]:
    """One pair of stores for all sequences: each has a workspace of its own."""
    yield from stores_for_examples(tmp_path_factory.mktemp("sequences"))


@given(steps, st.sampled_from(PERSON_ACCOUNTS))
# Not made smaller when one fails: each try takes half a second.
@settings(max_examples=10, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
def test_every_event_is_one_contacts(
    stores: Loading, steps: list[tuple[Any, str | None]], person_accounts: str
) -> None:
    loading = fresh(stores, person_accounts)
    messages: Counter[str] = Counter()
    for number, (step, cut) in enumerate(steps):
        if isinstance(step, list):
            named = [{**each, "messageId": f"{number}-{n}"} for n, each in enumerate(step)]
            messages.update(each["messageId"] for each in named)
            loading.send(*named)
        else:
            choose(loading, *step)
        with CUTS[cut](loading) if cut else nullcontext(), suppress(PowerCut):
            loading.load()
        loading.load()
        check(loading, messages)
    for merge in reversed(merges(loading)):
        if merge.undone_at is None:
            undo(loading, merge.id)
    check(loading, messages)
    columns = (events.c.contact_id, events.c.original_contact_id)
    own = loading.store.frame(select(*columns).where(in_workspace(loading)))
    assert (own.contact_id == own.original_contact_id).all(), "undone, all is as it came"


def undo(loading: Loading, merge_id: int) -> None:
    decide(loading, lambda decider: decider.undo(merge_id))


def fresh(stores: Loading, person_accounts: str) -> Loading:
    with stores.state.writing() as session:
        name = f"sequence {next(workspaces)}"
        stores.workspace_id = create_workspace(session, name, stores.now).id
        change_settings(session, stores.workspace_id, {"person_accounts": person_accounts})
    return stores


def choose(loading: Loading, kind: str, number: int) -> None:
    """Take one of the decisions that are there to be taken."""
    rows: list[Any] = merges(loading) if kind == "undo" else reviews(loading)
    if rows:
        row_id = rows[number % len(rows)].id
        with suppress(IdentityRefused):
            decide(loading, lambda decider: _take(decider, kind, row_id), then_load=False)


def _take(decider: Decider, kind: str, row_id: int) -> None:
    {"merge": decider.merge, "keep_apart": decider.keep_apart, "undo": decider.undo}[kind](row_id)


def in_workspace(loading: Loading) -> Any:
    return events.c.workspace_id == loading.workspace_id


def places_of(contact: Contact, own: set[int], occurred_at: Any) -> set[int | None]:
    """The accounts for one of which an event counts: of one time there may be two."""
    if contact.account_id in own or not contact.places:
        return {contact.account_id}
    at = occurred_at.to_pydatetime().replace(tzinfo=UTC)
    said = [(datetime.fromisoformat(each[1]), each[0]) for each in contact.places]
    until = [account for time, account in said if time <= at]
    before = [account for time, account in said if time < at]
    same_time = [account for time, account in said if time == at]
    first = said[0][1]
    return {(until or [first])[-1], (before or [first])[-1], *same_time}


def check(loading: Loading, messages: Counter[str]) -> None:
    stored = loading.store.frame(select(events).where(in_workspace(loading)))
    assert Counter(stored["message_id"]) == messages, "lost, or counted twice"
    with loading.state.reading() as session:
        own = Contact.workspace_id == loading.workspace_id
        contacts = {each.id: each for each in session.scalars(select(Contact).where(own))}
        holding = select(ContactMerge).where(
            ContactMerge.workspace_id == loading.workspace_id, ContactMerge.undone_at.is_(None)
        )
        edges = {each.origin_id: each for each in session.scalars(holding)}
        own_accounts = session.scalars(select(Account.id).where(Account.is_person)).all()
        members = session.execute(
            select(ContactAccount.contact_id, ContactAccount.account_id, ContactAccount.inherited)
            .join(Account, Account.id == ContactAccount.account_id)
            .where(Account.workspace_id == loading.workspace_id)
        ).all()

    def root(contact_id: int) -> int:
        return root(edges[contact_id].target_id) if contact_id in edges else contact_id

    seen_in = {(row.contact_id, row.account_id) for row in members}
    itself = {(row.contact_id, row.account_id) for row in members if not row.inherited}
    for contact_id, each in contacts.items():
        assert (each.merged_into_id or contact_id) == root(contact_id)
        if each.merged_into_id is None and each.account_id:
            assert (contact_id, each.account_id) in seen_in, "belongs where it was never seen"
    assert {pair for pair in seen_in if root(pair[0]) == pair[0]} == {
        (root(contact_id), account_id) for contact_id, account_id in itself
    }
    whose = stored[["contact_id", "original_contact_id"]].dropna().astype(int)
    for contact_id, original_id in whose.to_numpy().tolist():
        assert contact_id == root(original_id), "somebody else's event"
    of_accounts = stored.dropna(subset=["account_id"])
    pairs = zip(of_accounts["contact_id"], of_accounts["account_id"], strict=True)
    assert {(int(contact), int(account)) for contact, account in pairs} <= seen_in
    unnamed = stored[~stored["names_account"]].dropna(subset=["contact_id"])
    for event in unnamed.astype(object).to_dict("records"):
        account = None if pd.isna(event["account_id"]) else int(event["account_id"])
        contact = contacts[int(event["contact_id"])]
        assert account in places_of(contact, set(own_accounts), event["occurred_at"])
    users = Counter(root(each.id) for each in contacts.values() if each.is_identified)
    approved = Counter(root(each.origin_id) for each in edges.values() if each.why == "review")
    for contact_id, number in users.items():
        assert number - 1 <= approved[contact_id], "two users were merged unasked"

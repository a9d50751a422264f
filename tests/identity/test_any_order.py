"""Whatever arrives first: the same people in the same accounts, each event where its person was."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import count, permutations
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from pql.events.schema import events
from pql.state.models import Account, Contact, RecentEvent
from pql.workspace_settings import change_settings
from pql.workspaces import create_workspace
from tests.fixtures.loading import Loading, group, identify, stores_for_examples, track
from tests.identity.people import alias, merges, reviews, visit
from tests.identity.test_links import amplitude, posthog
from usage_ingest.receipts import receipts

workspaces = count(1)


def orders(number: int) -> list[tuple[int, ...]]:
    return list(permutations(range(number)))


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loading]:
    """One pair of stores for all orders: each has a workspace of its own."""
    yield from stores_for_examples(tmp_path_factory.mktemp("orders"))


@pytest.fixture
def loading(stores: Loading) -> Loading:
    return fresh(stores)


def fresh(stores: Loading, person_accounts: str = "never") -> Loading:
    with stores.state.writing() as session:
        name = f"order {next(workspaces)}"
        stores.workspace_id = create_workspace(session, name, stores.now).id
        change_settings(session, stores.workspace_id, {"person_accounts": person_accounts})
    return stores


def people(loading: Loading) -> dict[str, str]:
    """The user id of whoever has each stored event, and an account where it counts for one."""
    columns = (events.c.message_id, events.c.contact_id, events.c.account_id)
    own = events.c.workspace_id == loading.workspace_id
    frame = loading.store.frame(select(*columns).where(own)).astype(object)
    with loading.state.reading() as session:
        users = {
            row.id: row.user_id for row in session.execute(select(Contact.id, Contact.user_id))
        }
        keys = {row.id: row.key for row in session.execute(select(Account.id, Account.key))}
    return {
        message_id: f"{users.get(contact_id)} in {keys.get(account_id)}"
        for message_id, contact_id, account_id in frame.to_numpy().tolist()
    }


def at(loading: Loading, seconds: float) -> str:
    return (loading.now + timedelta(seconds=seconds)).isoformat()


# A visitor whom a server tracks, then an alias by a server: PostHog and Segment.


VISIT = {
    "event": "demo_booked",
    "distinct_id": "anon-90",
    "uuid": "visit",
    "properties": {"$process_person_profile": False},
}
IN_ACME = {"distinct_id": "user-90", "uuid": "use", "properties": {"$groups": {"company": "acme"}}}


def created_alias(distinct_id: str, other: str) -> dict[str, Any]:
    """As SDKs of servers send it, each in its order."""
    properties = {"distinct_id": distinct_id, "alias": other}
    return {
        "event": "$create_alias",
        "uuid": "alias",
        "distinct_id": distinct_id,
        "properties": properties,
    }


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
@pytest.mark.parametrize("pair", [("user-90", "anon-90"), ("anon-90", "user-90")])
def test_an_alias_of_posthog_makes_one_person(
    loading: Loading, order: tuple[int, ...], pair: tuple[str, str]
) -> None:
    sent = [VISIT, created_alias(*pair), IN_ACME]
    for each in order:
        posthog(loading, sent[each])
    assert people(loading) == dict.fromkeys(["visit", "alias", "use"], "user-90 in acme")
    assert reviews(loading) == []


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (2, 1, 0, 3), (3, 0, 2, 1)])
@pytest.mark.parametrize("pair", [("anon-90", "user-90"), ("user-90", "anon-90")])
def test_an_alias_of_segment_makes_one_person(
    loading: Loading, order: tuple[int, ...], pair: tuple[str, str]
) -> None:
    """As its documentation has it: the visitor is tracked by a user id, too."""
    sent = [
        track("visit", "anon-90"),
        alias("alias", *pair),
        identify("who", "user-90"),
        group("use", "acme", "user-90"),
    ]
    for each in order:
        loading.load_sent(sent[each])
    assert people(loading) == dict.fromkeys(["visit", "alias", "who", "use"], "user-90 in acme")
    assert reviews(loading) == []


def test_who_was_identified_is_not_another_because_of_an_alias(loading: Loading) -> None:
    loading.load_sent(identify("1", "anon-90"), identify("2", "user-90"))
    loading.load_sent(alias("3", "anon-90", "user-90"))
    assert len(reviews(loading)) == 1
    assert merges(loading) == []


# A server sends a visitor's id as that of a user.


@pytest.mark.parametrize("order", orders(2))
def test_posthog_identifies_whom_a_server_tracked(loading: Loading, order: tuple[int, ...]) -> None:
    sent: list[dict[str, Any]] = [
        {"event": "docs_read", "distinct_id": "visitor-77", "uuid": "read"},
        {
            "event": "$identify",
            "distinct_id": "user-77",
            "uuid": "who",
            "properties": {"$anon_distinct_id": "visitor-77"},
        },
    ]
    for each in order:
        posthog(loading, sent[each])
    assert people(loading) == {"read": "user-77 in None", "who": "user-77 in None"}


@pytest.mark.parametrize("order", orders(2))
def test_segment_identifies_whom_a_server_tracked(loading: Loading, order: tuple[int, ...]) -> None:
    sent = [track("read", "x"), identify("who", "user-77", anonymousId="x")]
    for each in order:
        loading.load_sent(sent[each])
    assert people(loading) == {"read": "user-77 in None", "who": "user-77 in None"}


def test_amplitudes_device_may_be_known_as_a_user(loading: Loading) -> None:
    amplitude(loading, {"user_id": "visitor-77"}, {"user_id": "ada", "device_id": "visitor-77"})
    assert set(people(loading).values()) == {"ada in None"}


def test_a_set_of_posthog_identifies_nobody(loading: Loading) -> None:
    """What is known of a visitor is set, too, before anybody knows who it is."""
    posthog(
        loading,
        {"event": "$set", "distinct_id": "visitor-77", "uuid": "1", "$set": {"plan": "free"}},
        {
            "event": "$identify",
            "distinct_id": "user-77",
            "uuid": "2",
            "properties": {"$anon_distinct_id": "visitor-77"},
        },
    )
    assert set(people(loading).values()) == {"user-77 in None"}


@pytest.mark.parametrize("call", ["posthog", "segment", "amplitude"])
def test_an_id_that_was_identified_itself_is_asked_about(loading: Loading, call: str) -> None:
    if call == "posthog":
        link = {"$anon_distinct_id": "visitor-77"}
        posthog(
            loading,
            {"event": "$identify", "distinct_id": "visitor-77"},
            {"event": "$identify", "distinct_id": "user-77", "properties": link},
        )
    elif call == "segment":
        loading.load_sent(
            identify("1", "visitor-77"), identify("2", "user-77", anonymousId="visitor-77")
        )
    else:
        amplitude(
            loading,
            {"event_type": "$identify", "user_id": "visitor-77"},
            {"event_type": "$identify", "user_id": "user-77"},
            {"user_id": "user-77", "device_id": "visitor-77"},
        )
    (review,) = reviews(loading)
    assert {review.lower_id, review.higher_id} == _contact_ids(loading)
    assert merges(loading) == []


def _contact_ids(loading: Loading) -> set[int]:
    with loading.state.reading() as session:
        own = select(Contact.id).where(Contact.workspace_id == loading.workspace_id)
        return set(session.scalars(own))


# A lead that is known by nothing but an address.


def imported(message_id: str, address: str) -> dict[str, Any]:
    """What `pql import leads` makes of a row without an id."""
    return identify(message_id, address.lower(), traits={"email": address})


@pytest.mark.parametrize("order", orders(2))
def test_an_imported_lead_is_whoever_has_the_address(
    loading: Loading, order: tuple[int, ...]
) -> None:
    sent = [
        ("import", [imported("lead", "bob@example.com"), track("demo", "bob@example.com")]),
        ("batch", [identify("who", "u-900", traits={"email": "Bob@example.com"})]),
    ]
    for each in order:
        call, calls = sent[each]
        loading.send(*calls, call=call)
        loading.load()
    loading.load_sent(group("in", "acme", "u-900"))
    found = dict.fromkeys(["lead", "demo", "who", "in"], "u-900 in acme")
    assert people(loading) == found
    assert [(merge.why, merge.message_id) for merge in merges(loading)] == [
        ("email", "who" if order == (0, 1) else "lead")
    ]


def test_a_lead_whose_address_two_have_is_asked_about(loading: Loading) -> None:
    loading.load_sent(
        identify("1", "u-800", traits={"email": "info@example.com"}),
        identify("2", "u-900", traits={"email": "Info@example.com"}),
    )
    assert reviews(loading) == [], "that two users share an address says nothing"
    loading.send(imported("lead", "info@example.com"), call="import")
    loading.load()
    assert len(reviews(loading)) == 2
    assert merges(loading) == []


def test_who_has_the_address_of_a_lead_that_is_another_user_is_asked_about(
    loading: Loading,
) -> None:
    loading.send(imported("lead", "info@example.com"), call="import")
    loading.load()
    loading.load_sent(identify("1", "u-800", traits={"email": "info@example.com"}))
    loading.load_sent(identify("2", "u-900", traits={"email": "info@example.com"}))
    assert len(reviews(loading)) == 1
    assert people(loading)["lead"] == "u-800 in None"


# Where somebody was when it happened.


LATE = -6500


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0)])
def test_an_event_counts_for_the_account_its_person_was_in(
    loading: Loading, order: tuple[int, ...]
) -> None:
    sent = [
        group("to-a", "a", timestamp=at(loading, -7000)),
        group("to-b", "b", timestamp=at(loading, -5000)),
        track("late", timestamp=at(loading, LATE)),
    ]
    for each in order:
        loading.load_sent(sent[each])
    loading.load_sent(track("early", timestamp=at(loading, -9000)), track("now"))
    found = {name: who.removeprefix("ada in ") for name, who in people(loading).items()}
    assert found == {"to-a": "a", "to-b": "b", "late": "a", "early": "a", "now": "b"}
    assert told(loading) == found
    with loading.state.reading() as session:
        own = select(RecentEvent).where(RecentEvent.workspace_id == loading.workspace_id)
        assert {row.message_id: row.account for row in session.scalars(own)} == found


def told(loading: Loading) -> dict[str, str | None]:
    """What the receipts of all stored messages say."""
    messages = list(people(loading))
    found = receipts(loading.state, loading.store, loading.workspace_id, messages, 32_768)
    return {receipt.message_id: receipt.account for receipt in found}


def test_events_alike_in_one_load_count_for_the_account_of_their_own_time(
    loading: Loading,
) -> None:
    loading.load_sent(
        group("to-a", "a", timestamp=at(loading, -7000)),
        group("to-b", "b", timestamp=at(loading, -5000)),
    )
    times = (-8000, -6500, -6000, -4000, 0)
    loading.load_sent(*(track(str(n), timestamp=at(loading, t)) for n, t in enumerate(times)))
    found = people(loading)
    assert [found[str(n)] for n in range(5)] == [f"ada in {key}" for key in "aaabb"]


MOVES = st.lists(st.sampled_from("abc"), max_size=4).filter(
    lambda keys: all(keys.count(key) < 3 for key in keys)
)


@given(MOVES, st.sampled_from(["never", "without_company", "always"]), st.booleans(), st.data())
@settings(
    max_examples=6,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_a_persons_history_in_any_order(
    stores: Loading, keys: list[str], person_accounts: str, is_by_server: bool, data: Any
) -> None:
    """Visits, logins and moves of one person: the account is a matter of the times alone."""
    loading = fresh(stores, person_accounts)
    visitor = {"anonymousId": None, "userId": "visitor"} if is_by_server else {}
    moves = [(-1000 * (len(keys) - n), key) for n, key in enumerate(keys)]
    times = [-1000 * n + 500 for n in range(len(keys) + 2)]
    sent = [group(f"move {t}", key, timestamp=at(loading, t)) for t, key in moves]
    sent += [track(f"user {t}", timestamp=at(loading, t)) for t in times if t <= 0]
    sent += [
        visit(f"visit {t}", "visitor", timestamp=at(loading, t - 9)) | visitor
        for t in times
        if t <= 0
    ]
    sent.append(identify("login", anonymousId="visitor", timestamp=at(loading, -1)))
    sent.append(alias("alias", "visitor", "ada") | {"timestamp": at(loading, -1)})
    in_order = data.draw(st.permutations(sent))
    cuts = sorted(data.draw(st.sets(st.integers(1, len(sent) - 1), max_size=3)))
    for begin, end in zip([0, *cuts], [*cuts, len(sent)], strict=True):
        loading.load_sent(*in_order[begin:end])
    found = people(loading)
    own = None if person_accounts == "never" else "ada"
    for name, who in found.items():
        kind, _, seconds = name.partition(" ")
        moment = -1 if not seconds else int(seconds) - (9 if kind == "visit" else 0)
        account = own if person_accounts == "always" else _account_at(moves, moment) or own
        assert who == f"ada in {account}", (name, in_order)
    if own or moves:
        assert told(loading) == {name: who.removeprefix("ada in ") for name, who in found.items()}
    assert reviews(loading) == []


def _account_at(moves: list[tuple[int, str]], seconds: int) -> str | None:
    so_far = [key for t, key in moves if t <= seconds]
    return so_far[-1] if so_far else moves[0][1] if moves else None

"""A merge that was wrong is undone: both contacts have what was theirs, and all that they did."""

import pytest

from pql.changes import ACCOUNT, CONTACT
from tests.fixtures.loading import Loading, group, identify, track
from tests.identity.people import (
    BY,
    accounts_of,
    alias,
    contact,
    decide,
    merges,
    places,
    reviews,
    visit,
)
from tests.loader.test_identity import changed, forget_changes
from usage_ingest.identity_reviews.decisions import IdentityRefused, MergeUnknown


def undo(loading: Loading, number: int = 0) -> None:
    merge = merges(loading)[number]
    decide(loading, lambda decider: decider.undo(merge.id))


@pytest.fixture
def logged_in(loading: Loading) -> Loading:
    """A visitor who turned out to be Ada of acme."""
    loading.load_sent(visit("early", "visitor"))
    loading.load_sent(
        group("join", "acme"),
        identify("login", anonymousId="visitor", traits={"email": "ada@example.com"}),
        visit("late", "visitor"),
        track("work"),
    )
    return loading


def test_the_visitor_gets_back_what_it_did_before_and_since(logged_in: Loading) -> None:
    ada, visitor = logged_in.contact_of("work").id, merges(logged_in)[0].origin_id
    assert set(places(logged_in).values()) == {ada}
    undo(logged_in)
    assert places(logged_in) == {
        ("early", None): visitor,
        ("late", None): visitor,
        ("join", "acme"): ada,
        ("login", "acme"): ada,
        ("work", "acme"): ada,
    }
    assert (accounts_of(logged_in, visitor), accounts_of(logged_in, ada)) == (set(), {"acme"})
    assert contact(logged_in, visitor).merged_into_id is None
    (merge,) = merges(logged_in)
    assert (merge.undone_by, merge.undone_at) == (BY, logged_in.now)


def test_what_the_visitor_does_from_now_on_is_its_own(logged_in: Loading) -> None:
    visitor = merges(logged_in)[0].origin_id
    undo(logged_in)
    logged_in.load_sent(
        visit("again", "visitor"), group("own", "globex", None, anonymousId="visitor")
    )
    assert (logged_in.contact_of("again").id, logged_in.account_of("again")) == (visitor, "globex")
    assert logged_in.account_of("early") == "globex"
    assert logged_in.account_of("work") == "acme"


def test_the_next_login_does_not_merge_them_again(logged_in: Loading) -> None:
    visitor = merges(logged_in)[0].origin_id
    undo(logged_in)
    logged_in.load_sent(identify("again", anonymousId="visitor"), visit("more", "visitor"))
    assert logged_in.contact_of("more").id == visitor
    assert len(merges(logged_in)) == 1
    (review,) = reviews(logged_in)
    assert (review.state, review.decided_by, review.kind) == ("kept_apart", BY, "undo")


def test_whoever_undid_it_can_merge_them_after_all(logged_in: Loading) -> None:
    undo(logged_in)
    (review,) = reviews(logged_in)
    decide(logged_in, lambda decider: decider.merge(review.id))
    assert len(set(places(logged_in).values())) == 1
    undo(logged_in, 1)
    assert len(set(places(logged_in).values())) == 2


def test_an_approved_merge_is_undone_like_any_other(loading: Loading) -> None:
    loading.load_sent(
        group("1", "acme", "ada"),
        identify("2", "ada", traits={"title": "CTO"}),
        identify("3", "bob", traits={"title": "founder", "city": "Oslo"}),
        track("4", "bob", group="globex"),
        alias("5", "bob", "ada"),
    )
    before = places(loading)
    decide(loading, lambda decider: decider.merge(reviews(loading)[0].id))
    ada, bob = loading.contact_of("1"), merges(loading)[0].origin_id
    assert ada.traits == {"title": "CTO", "city": "Oslo"}
    undo(loading)
    assert places(loading) == before
    assert contact(loading, ada.id).traits == {"title": "CTO"}
    assert contact(loading, bob).traits == {"title": "founder", "city": "Oslo"}
    assert accounts_of(loading, ada.id) == {"acme"}
    assert accounts_of(loading, bob) == {"globex"}
    assert [review.state for review in reviews(loading)] == ["kept_apart"]


def test_an_account_that_came_with_the_visitor_goes_with_it(loading: Loading) -> None:
    loading.load_sent(track("1"), group("2", "acme", None, anonymousId="visitor"))
    loading.load_sent(identify("3", anonymousId="visitor"), track("4"))
    assert [loading.account_of(each) for each in "1234"] == ["acme"] * 4
    undo(loading)
    assert [loading.account_of(each) for each in "1234"] == [None, "acme", None, None]
    assert loading.contact_of("4").account_id is None
    assert accounts_of(loading, loading.contact_of("4").id) == set()


def test_an_event_for_several_accounts_goes_as_a_whole(loading: Loading) -> None:
    loading.load_sent(visit("1", "visitor", context={"groupId": "acme"}))
    loading.load_sent(visit("2", "visitor", context={"groupId": "globex"}), track("3"))
    before = places(loading)
    loading.load_sent(identify("4", anonymousId="visitor"))
    undo(loading)
    after = places(loading)
    assert {place: after[place] for place in before} == before
    visitor = before["1", "acme"]
    assert accounts_of(loading, visitor) == {"acme", "globex"}


def test_the_first_of_two_merges_in_a_row_is_undone_alone(loading: Loading) -> None:
    """A became B and B became C. A leaves; B stays with C."""
    loading.load_sent(visit("a", "first"), visit("b", "second"), track("c"))
    contact_of = {each: loading.contact_of(each).id for each in "abc"}
    loading.load_sent(
        {"type": "alias", "messageId": "1", "anonymousId": "second", "previousId": "first"}
    )
    loading.load_sent(identify("2", anonymousId="second"))
    assert {loading.contact_of(each).id for each in "abc"} == {contact_of["c"]}
    undo(loading, 0)
    assert loading.contact_of("a").id == contact_of["a"]
    assert loading.contact_of("b").id == loading.contact_of("c").id == contact_of["c"]
    undo(loading, 1)
    assert {each: loading.contact_of(each).id for each in "abc"} == contact_of


def test_what_came_by_several_merges_stays_with_those_that_hold(loading: Loading) -> None:
    loading.load_sent(
        identify("1", None, anonymousId="laptop", traits={"city": "Oslo", "title": "CTO"}),
        identify("2", None, anonymousId="phone", traits={"city": "Bergen"}),
        identify("3", anonymousId="laptop"),
        identify("4", anonymousId="phone"),
    )
    ada = loading.contact_of("3").id
    assert contact(loading, ada).traits == {"city": "Oslo", "title": "CTO"}
    undo(loading, 0)
    assert contact(loading, ada).traits == {"city": "Bergen"}
    undo(loading, 1)
    assert contact(loading, ada).traits == {}


def test_what_an_event_told_of_the_account_is_told_of_it_no_more(loading: Loading) -> None:
    paid = visit("paid", "visitor", event="Subscription Started")
    loading.load_sent(paid, group("join", "acme", traits={"plan": "trial"}))
    loading.load_sent(identify("login", anonymousId="visitor"))
    assert loading.account("acme").status == "paying"
    undo(loading)
    assert loading.account("acme").status == "trial"
    (review,) = reviews(loading)
    decide(loading, lambda decider: decider.merge(review.id))
    assert loading.account("acme").status == "paying"


def test_everybody_concerned_is_scored_again_once_the_events_have_moved(logged_in: Loading) -> None:
    forget_changes(logged_in)
    merge = merges(logged_in)[0]
    decide(logged_in, lambda decider: decider.undo(merge.id), then_load=False)
    assert changed(logged_in, ACCOUNT) == changed(logged_in, CONTACT) == set()
    logged_in.load()
    assert changed(logged_in, ACCOUNT) == {logged_in.account("acme").id}
    assert changed(logged_in, CONTACT) == {merge.origin_id, merge.target_id}


def test_a_merge_is_undone_once_and_by_its_own_people(logged_in: Loading) -> None:
    merge = merges(logged_in)[0]
    own, logged_in.workspace_id = logged_in.workspace_id, logged_in.stranger_id
    with pytest.raises(MergeUnknown):
        decide(logged_in, lambda decider: decider.undo(merge.id))
    logged_in.workspace_id = own
    undo(logged_in)
    with pytest.raises(IdentityRefused, match="was undone at"):
        undo(logged_in)

"""Two users are never made one by an event: a person decides, once."""

import pytest

from tests.fixtures.loading import A_SOURCE, Loading, group, identify, track
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
from usage_ingest.identity_reviews.decisions import IdentityRefused, ReviewUnknown


@pytest.fixture
def asked(loading: Loading) -> Loading:
    """Ada and Bob, whom an alias would make one."""
    loading.load_sent(
        identify("0", "ada"),
        group("1", "acme", "ada", traits={"plan": "trial"}),
        identify("2", "bob", traits={"title": "founder"}),
        track("3", "ada"),
        track("4", "bob"),
        alias("5", "bob", "ada"),
    )
    return loading


def test_a_link_of_two_users_waits_for_a_decision(asked: Loading) -> None:
    (review,) = reviews(asked)
    ada, bob = asked.contact_of("3").id, asked.contact_of("4").id
    assert ada != bob
    assert {review.lower_id, review.higher_id} == {ada, bob}
    assert review.target_id == ada
    assert (review.state, review.kind, review.message_id, review.source_id, review.times) == (
        "open",
        "alias",
        "5",
        A_SOURCE,
        1,
    )
    assert merges(asked) == []


def test_asked_again_it_is_counted_and_not_listed_twice(asked: Loading) -> None:
    first = reviews(asked)[0].first_asked_at
    asked.now = asked.now.replace(hour=15)
    asked.load_sent(alias("6", "ada", "bob"), alias("7", "ada", "bob"))
    (review,) = reviews(asked)
    assert (review.times, review.message_id) == (3, "7")
    assert review.target_id == asked.contact_of("4").id
    assert (review.first_asked_at, review.last_asked_at) == (first, asked.now)


def test_approved_it_is_one_person_with_all_that_was_known(asked: Loading) -> None:
    (review,) = reviews(asked)
    decide(asked, lambda decider: decider.merge(review.id))
    ada = asked.contact_of("3")
    assert asked.contact_of("4").id == ada.id
    assert (ada.user_id, ada.traits) == ("ada", {"title": "founder"})
    assert asked.account_of("4") == "acme"
    asked.load_sent(track("6", "bob"))
    assert (asked.contact_of("6").id, asked.account_of("6")) == (ada.id, "acme")
    (review,) = reviews(asked)
    assert (review.state, review.decided_by, review.decided_at) == ("merged", BY, asked.now)
    (merge,) = merges(asked)
    assert (merge.why, merge.merged_by, merge.target_id) == ("review", BY, ada.id)


def test_kept_apart_it_is_not_asked_again(asked: Loading) -> None:
    (review,) = reviews(asked)
    decide(asked, lambda decider: decider.keep_apart(review.id))
    asked.load_sent(alias("6", "bob", "ada"))
    (review,) = reviews(asked)
    assert (review.state, review.times) == ("kept_apart", 1)
    assert asked.contact_of("3").id != asked.contact_of("4").id


def test_who_kept_two_apart_may_think_again(asked: Loading) -> None:
    (review,) = reviews(asked)
    decide(asked, lambda decider: decider.keep_apart(review.id))
    decide(asked, lambda decider: decider.merge(review.id))
    assert asked.contact_of("3").id == asked.contact_of("4").id


def test_a_decision_that_does_not_fit_is_refused_with_words(asked: Loading) -> None:
    (review,) = reviews(asked)
    decide(asked, lambda decider: decider.merge(review.id))
    with pytest.raises(IdentityRefused, match="one contact already"):
        decide(asked, lambda decider: decider.merge(review.id))
    with pytest.raises(IdentityRefused, match="undo the merge"):
        decide(asked, lambda decider: decider.keep_apart(review.id))


def test_a_strangers_review_is_none_of_ours(asked: Loading) -> None:
    (review,) = reviews(asked)
    asked.workspace_id, own = asked.stranger_id, asked.workspace_id
    with pytest.raises(ReviewUnknown):
        decide(asked, lambda decider: decider.merge(review.id))
    with pytest.raises(ReviewUnknown):
        decide(asked, lambda decider: decider.keep_apart(review.id))
    asked.workspace_id = own
    assert reviews(asked)[0].state == "open"


def test_what_an_approval_answers_too_is_asked_no_more(loading: Loading) -> None:
    """A is B and B is C: whether A is C needs no answer."""
    loading.load_sent(
        *(identify(user, user) for user in "abc"),
        alias("1", "a", "b"),
        alias("2", "b", "c"),
        alias("3", "a", "c"),
    )
    first, second, third = reviews(loading)
    decide(loading, lambda decider: decider.merge(first.id))
    decide(loading, lambda decider: decider.merge(second.id))
    assert [review.state for review in reviews(loading)] == ["merged"] * 3
    assert len({loading.contact_of(each).id for each in "abc"}) == 1
    with pytest.raises(IdentityRefused):
        decide(loading, lambda decider: decider.merge(third.id))


def test_one_of_them_in_several_accounts_brings_them_all(asked: Loading) -> None:
    asked.load_sent(track("6", "bob", group="globex"), track("7", "bob", group="initech"))
    (review,) = reviews(asked)
    decide(asked, lambda decider: decider.merge(review.id))
    ada = asked.contact_of("3").id
    assert accounts_of(asked, ada) == {"acme", "globex", "initech"}
    assert places(asked)["6", "globex"] == places(asked)["7", "initech"] == ada


def test_a_visitor_of_two_users_stays_with_the_first(loading: Loading) -> None:
    """A shared device: the second login asks whether the two are one, and changes nothing."""
    loading.load_sent(visit("1", "device"), identify("2", "ada", anonymousId="device"))
    loading.load_sent(identify("3", "bob", anonymousId="device"), visit("4", "device"))
    assert loading.contact_of("4").user_id == "ada"
    assert [review.kind for review in reviews(loading)] == ["identify"]
    (merge,) = merges(loading)
    assert (merge.why, merge.message_id, merge.merged_by) == ("identify", "2", "link")
    assert contact(loading, merge.origin_id).user_id is None

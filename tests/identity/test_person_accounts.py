"""A product without companies: each person is an account, until a company's turns up."""

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from sqlalchemy import func, select

from pql.analyses import ClaimLost
from pql.changes import ACCOUNT
from pql.state.models import Account, AccountFact, Analysis, StagedBatch
from pql.workspace_settings import change_settings
from pql.workspaces import create_workspace
from tests.fixtures.loading import Loading, group, identify, stores_for_examples, track
from tests.identity.people import accounts_of, alias, decide, merges, reviews, visit
from tests.loader.test_identity import changed, forget_changes
from usage_ingest.identity.person_accounts import LONGEST_KEY, keys_to_know, next_key
from usage_ingest.person_accounts import request_due, run

workspaces = count(1)


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loading]:
    """One pair of stores for all: each test has a workspace of its own."""
    yield from stores_for_examples(tmp_path_factory.mktemp("people"))


@pytest.fixture
def loading(stores: Loading) -> Loading:
    with stores.state.writing() as session:
        name = f"people {next(workspaces)}"
        stores.workspace_id = create_workspace(session, name, stores.now).id
    forget_changes(stores)
    return stores


def want(loading: Loading, person_accounts: str) -> None:
    with loading.state.writing() as session:
        change_settings(session, loading.workspace_id, {"person_accounts": person_accounts})


def settle(loading: Loading, person_accounts: str) -> dict[str, Any]:
    """What happens some seconds after the setting was changed."""
    want(loading, person_accounts)
    parameters = {"person_accounts": person_accounts}
    done = run(
        loading.state,
        loading.store,
        loading.workspace_id,
        parameters,
        progress=lambda _share, _text: None,
        now=loading.now,
    )
    loading.load()
    return done


def accounts(loading: Loading) -> dict[str, bool]:
    """Every account by its key, and whether it is a person's own."""
    with loading.state.reading() as session:
        own = select(Account.key, Account.is_person)
        rows = session.execute(own.where(Account.workspace_id == loading.workspace_id))
        return {row.key: row.is_person for row in rows}


def facts(loading: Loading, key: str) -> set[tuple[str, str]]:
    account_id = loading.account(key).id
    with loading.state.reading() as session:
        own = select(AccountFact.field, AccountFact.value)
        rows = session.execute(own.where(AccountFact.account_id == account_id))
        return {(row.field, row.value) for row in rows}


TRIAL = {"email": "ada@gmail.com", "name": "Ada", "plan": "trial"}


def test_a_person_is_an_account_with_a_life_cycle_of_their_own(loading: Loading) -> None:
    want(loading, "without_company")
    loading.load_sent(visit("before", "visitor"))
    assert accounts(loading) == {}, "nobody knows who it is"
    loading.load_sent(identify("who", anonymousId="visitor", traits=TRIAL), track("use"))
    account = loading.account("ada")
    assert (account.is_person, account.status, account.name) == (True, "trial", "Ada")
    assert account.traits == TRIAL
    assert [loading.account_of(each) for each in ("before", "who", "use")] == ["ada"] * 3
    assert account.id in changed(loading, ACCOUNT)
    assert accounts_of(loading, loading.contact_of("use").id) == {"ada"}
    loading.load_sent(identify("paid", traits={"plan": "pro"}))
    assert loading.account("ada").traits["plan"] == "pro"


def test_nobody_is_an_account_unless_the_workspace_wants_it(loading: Loading) -> None:
    loading.load_sent(identify("who", traits=TRIAL), track("use"))
    assert accounts(loading) == {}


@pytest.mark.parametrize("together", [False, True])
def test_a_company_that_turns_up_takes_over_what_was_the_persons(
    loading: Loading, *, together: bool
) -> None:
    want(loading, "without_company")
    sent = [identify("who", traits=TRIAL), track("use", event="Subscription Started")]
    join = group("join", "acme", traits={"name": "Acme"})
    if together:
        loading.load_sent(*sent, join)
    else:
        loading.load_sent(*sent)
        assert loading.account("ada").status == "paying"
        loading.load_sent(join)
    assert accounts(loading) == {"acme": False}
    assert [loading.account_of(each) for each in ("who", "use", "join")] == ["acme"] * 3
    assert ("status", "trial") in facts(loading, "acme")
    assert loading.account("acme").status == "paying"
    assert loading.account("acme").traits == {"name": "Acme"}
    with loading.state.reading() as session:
        assert session.scalar(select(func.count()).select_from(StagedBatch)) == 0


def test_the_company_of_an_address_takes_over_too(loading: Loading) -> None:
    loading.apply_definitions("accounts: {from_email_domain: true}\n")
    want(loading, "without_company")
    loading.load_sent(track("use"))
    loading.load_sent(identify("who", traits={"email": "ada@example.com"}))
    assert accounts(loading) == {"example.com": False}
    assert loading.account_of("use") == "example.com"


def test_always_what_somebody_does_counts_for_them(loading: Loading) -> None:
    want(loading, "always")
    loading.load_sent(
        group("join", "acme", traits={"plan": "trial"}),
        track("use", group="acme"),
        track("more"),
        track("theirs", None, anonymousId="somebody", group="acme"),
    )
    assert accounts(loading) == {"ada": True, "acme": False}
    found = [loading.account_of(each) for each in ("join", "use", "more", "theirs")]
    assert found == ["ada", "ada", "ada", "acme"]
    assert loading.account("acme").status == "trial"
    assert accounts_of(loading, loading.contact_of("use").id) == {"ada", "acme"}


def test_a_company_of_the_same_key_keeps_it(loading: Loading) -> None:
    want(loading, "without_company")
    loading.load_sent(track("1", "15"), group("2", "15", "bob"))
    assert accounts(loading) == {"person:15": True, "15": False}
    assert [loading.account_of(each) for each in "12"] == ["person:15", "15"]
    loading.load_sent(track("3", "16"))
    loading.load_sent(group("4", "16", "eve"), track("5", "15"), track("6", "16"))
    found = [loading.account_of(each) for each in "3456"]
    assert found == ["person:16", "16", "person:15", "person:16"]


NAMES = ("x", "person:x", "person:person:x")


@pytest.mark.parametrize(
    ("wanted", "when", "order"),
    [
        ("always", "one by one", (0, 1, 2)),
        ("always", "known", (2, 1, 0)),
        ("without_company", "one by one", (1, 0, 2)),
        ("without_company", "together", (2, 1, 0)),
    ],
)
def test_ids_that_look_like_keys_of_people_share_no_account(
    loading: Loading, wanted: str, when: str, order: tuple[int, int, int]
) -> None:
    """Users and companies of the same ids; each is an account of its own whatever comes first."""
    people = [track(f"p{number}", NAMES[number]) for number in order]
    companies = [group(f"c{number}", NAMES[number], f"member {number}") for number in order]
    if when != "known":
        want(loading, wanted)
    if when == "together":
        loading.load_sent(*people, *companies)
    else:
        for sent in [*people, *companies]:
            loading.load_sent(sent)
    if when == "known":
        settle(loading, wanted)
    own = [loading.account_of(f"p{number}") for number in range(3)]
    assert len({*own, *NAMES}) == 6
    found = accounts(loading)
    assert all(found[key] for key in own if key)
    assert not any(found[key] for key in NAMES)
    if wanted == "without_company":
        assert [loading.account_of(f"c{number}") for number in range(3)] == list(NAMES)
    again = [track(f"a{number}", NAMES[number]) for number in order]
    loading.load_sent(*again)
    assert [loading.account_of(f"a{number}") for number in range(3)] == own


def test_a_company_of_an_address_keeps_the_key_of_a_person_too(loading: Loading) -> None:
    loading.apply_definitions("accounts: {from_email_domain: true}\n")
    want(loading, "without_company")
    loading.load_sent(track("1", "example.com"))
    loading.load_sent(identify("2", "ada", traits={"email": "ada@example.com"}))
    assert accounts(loading) == {"person:example.com": True, "example.com": False}
    assert [loading.account_of(each) for each in "12"] == ["person:example.com", "example.com"]


def test_keys_of_people_are_no_longer_than_can_be_stored() -> None:
    longest = "x" * LONGEST_KEY
    key = next_key(longest)
    assert key == next_key(longest) != next_key("y" * LONGEST_KEY)
    assert key.startswith("person:")
    assert len(key) <= LONGEST_KEY


def test_all_keys_are_known_to_which_accounts_may_be_sent_on() -> None:
    assert keys_to_know(["x"], ()) == {"x", "person:x"}
    assert keys_to_know(["x"], {"person:x"}) == set(NAMES)
    both = keys_to_know(["person:x", "x"], ())
    assert both == {*NAMES, "person:person:person:x"}, "one for each of the two"


def test_what_was_imported_of_a_user_is_the_persons(loading: Loading) -> None:
    """Files of accounts name, in such a product, the ids of users."""
    loading.load_sent({"type": "group", "groupId": "ada", "messageId": "1", "anonymousId": "null"})
    want(loading, "without_company")
    loading.load_sent(track("2"))
    assert accounts(loading) == {"ada": True}


def test_a_visitor_a_server_knew_is_one_account_with_the_user(loading: Loading) -> None:
    want(loading, "without_company")
    loading.load_sent(track("1", "visitor-77"))
    assert accounts(loading) == {"visitor-77": True}
    loading.load_sent(identify("2", "ada", anonymousId="visitor-77"))
    assert accounts(loading) == {"ada": True}
    assert loading.account_of("1") == "ada"
    decide(loading, lambda decider: decider.undo(merges(loading)[0].id))
    assert accounts(loading) == {"ada": True, "visitor-77": True}
    assert [loading.account_of(each) for each in "12"] == ["visitor-77", "ada"]


def test_two_people_who_are_one_are_one_account_until_that_is_undone(loading: Loading) -> None:
    want(loading, "without_company")
    loading.load_sent(identify("1", "ada", traits=TRIAL), identify("2", "bob"))
    loading.load_sent(track("3", "bob", event="Subscription Started"), alias("4", "bob", "ada"))
    (review,) = reviews(loading)
    decide(loading, lambda decider: decider.merge(review.id))
    assert accounts(loading) == {"ada": True}
    assert loading.account("ada").status == "paying"
    assert [loading.account_of(each) for each in "1234"] == ["ada"] * 4
    decide(loading, lambda decider: decider.undo(merges(loading)[0].id))
    assert accounts(loading) == {"ada": True, "bob": True}
    assert [loading.account_of(each) for each in "123"] == ["ada", "bob", "bob"]
    assert [loading.account(key).status for key in ("ada", "bob")] == ["trial", "paying"]


# Those who were there before.


@pytest.fixture
def known(loading: Loading) -> Loading:
    """Ada on trial, Bob in a company, and somebody nobody knows."""
    loading.load_sent(
        identify("1", "ada", traits=TRIAL),
        track("2", "ada", event="Subscription Started"),
        group("3", "acme", "bob"),
        track("4", "bob"),
        visit("5", "visitor"),
    )
    forget_changes(loading)
    return loading


def places(loading: Loading) -> list[str | None]:
    return [loading.account_of(each) for each in "12345"]


def test_people_who_were_there_before_are_settled(known: Loading) -> None:
    done = settle(known, "without_company")
    assert done == {"person_accounts": "without_company", "people": 3, "settled": 1}
    assert places(known) == ["ada", "ada", "acme", "acme", None]
    assert known.account("ada").status == "paying"
    assert ("status", "trial") in facts(known, "ada")
    assert known.account("ada").id in changed(known, ACCOUNT)
    assert settle(known, "without_company")["settled"] == 0, "done once is done"


def test_and_settled_again_when_the_workspace_decides_otherwise(known: Loading) -> None:
    settle(known, "always")
    assert accounts(known) == {"ada": True, "bob": True, "acme": False}
    assert places(known) == ["ada", "ada", "acme", "bob", None], "what named acme is acme's"
    settle(known, "without_company")
    assert places(known) == ["ada", "ada", "acme", "acme", None]
    settle(known, "never")
    assert accounts(known) == {"acme": False}
    assert places(known) == [None, None, "acme", "acme", None]


def test_settling_that_is_cancelled_goes_on_where_it_was(
    known: Loading, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cancelled(_share: float, text: str) -> None:
        told.append(text)
        raise ClaimLost("cancelled")

    told: list[str] = []
    monkeypatch.setattr("usage_ingest.person_accounts.AT_ONCE", 1)
    want(known, "always")
    asked: Any = (known.state, known.store, known.workspace_id, {"person_accounts": "always"})
    with pytest.raises(ClaimLost):
        run(*asked, progress=cancelled, now=known.now)
    assert told == ["1 of 3 people looked at"]
    assert accounts(known) == {"ada": True, "acme": False}
    assert settle(known, "always")["settled"] == 1
    assert places(known) == ["ada", "ada", "acme", "bob", None]


def test_the_clock_asks_for_it_once_when_the_setting_changed(loading: Loading) -> None:
    with loading.state.writing() as session:
        request_due(session, loading.now)
        own = select(Analysis.parameters).where(Analysis.workspace_id == loading.workspace_id)
        assert session.scalars(own).all() == []
    want(loading, "always")
    with loading.state.writing() as session:
        request_due(session, loading.now)
        request_due(session, loading.now)
        assert session.scalars(own).all() == [{"person_accounts": "always"}]

"""People whom nobody puts in a group belong to the account of their e-mail domain, where asked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pql.changes import ACCOUNT
from tests.fixtures.loading import Loading, group, identify, track
from tests.identity.people import accounts_of, visit
from tests.loader.test_identity import changed, forget_changes
from usage_ingest.identity.email_domains import account_domains

ON = "accounts: {from_email_domain: true, exclude_domains: [example.net]}\n"
INTERNAL = "lifecycle: {internal_domains: [example.org]}\n"


@pytest.mark.parametrize(
    ("address", "account"),
    [
        ("ada@example.com", "example.com"),
        ("Ada@Mail.EXAMPLE.co.uk", "example.co.uk"),
        ("ada@bücher.de", "xn--bcher-kva.de"),
        ("ada@tenant.onmicrosoft.com", None),
        ("ada@gmail.com", None),
        ("ada@hotmail.co.uk", None),
        ("ada@mailinator.com", None),
        ("ada@example.net", None),
        ("ada@shop.example.net", None),
        ("ada@co.uk", None),
        ("ada@example.local", None),
        ("ada@127.0.0.1", None),
        ("ada@a b.com", None),
        ("example.com", None),
        ("@example.com", None),
        ("ada@", None),
        ("", None),
    ],
)
def test_an_address_belongs_to_its_company(address: str, account: str | None) -> None:
    assert account_domains(["example.net"])(address) == account


@given(st.text() | st.tuples(st.text(), st.text()).map("@".join))
def test_no_text_is_too_strange(address: str) -> None:
    account = account_domains([])(address)
    assert account is None or account.isascii()


def test_nobody_gets_an_account_unless_the_workspace_wants_it(loading: Loading) -> None:
    loading.load_sent(identify("1", traits={"email": "ada@example.com"}), track("2"))
    assert loading.account_of("2") is None


def test_what_was_done_before_the_address_was_known_counts_too(loading: Loading) -> None:
    loading.apply_definitions(ON)
    loading.load_sent(visit("1", "visitor"), track("2"))
    forget_changes(loading)
    loading.load_sent(identify("3", anonymousId="visitor", traits={"email": "ada@example.com"}))
    loading.load_sent(track("4"))
    assert [loading.account_of(each) for each in "1234"] == ["example.com"] * 4
    assert loading.account("example.com").id in changed(loading, ACCOUNT)
    assert accounts_of(loading, loading.contact_of("4").id) == {"example.com"}


def test_two_of_one_company_are_in_one_account(loading: Loading) -> None:
    loading.apply_definitions(ON)
    loading.load_sent(identify("1", "ada", traits={"email": "ada@example.com"}))
    loading.load_sent(identify("2", "bob", traits={"email": "bob@mail.example.com"}))
    assert loading.account_of("1") == loading.account_of("2") == "example.com"


def test_people_known_before_it_was_wanted_are_brought_in_by_their_next_event(
    loading: Loading,
) -> None:
    loading.load_sent(identify("1", traits={"email": "ada@example.com"}))
    loading.apply_definitions(ON)
    loading.load_sent(track("2"))
    assert [loading.account_of(each) for each in "12"] == ["example.com"] * 2


def test_a_group_that_comes_later_wins_and_what_was_done_stays(loading: Loading) -> None:
    loading.apply_definitions(ON)
    loading.load_sent(identify("1", traits={"email": "ada@example.com"}), track("2"))
    loading.load_sent(group("3", "account-1"), track("4"))
    assert [loading.account_of(each) for each in "24"] == ["example.com", "account-1"]
    assert accounts_of(loading, loading.contact_of("4").id) == {"example.com", "account-1"}


def test_a_group_that_came_before_is_kept(loading: Loading) -> None:
    loading.apply_definitions(ON)
    loading.load_sent(group("1", "account-1"))
    loading.load_sent(identify("2", traits={"email": "ada@example.com"}), track("3"))
    assert [loading.account_of(each) for each in "23"] == ["account-1"] * 2


def test_our_own_people_and_free_mail_make_no_account(loading: Loading) -> None:
    loading.apply_definitions(ON + INTERNAL)
    loading.load_sent(
        identify("1", "ada", traits={"email": "ada@example.org"}),
        identify("2", "bob", traits={"email": "bob@gmail.com"}),
        identify("3", "eve", traits={"email": ["no", "text"]}),
    )
    assert [loading.account_of(each) for each in "123"] == [None] * 3


def test_a_strangers_account_of_the_same_domain_is_another(loading: Loading) -> None:
    loading.apply_definitions(ON)
    loading.load_sent(identify("1", traits={"email": "ada@example.com"}))
    loading.send(
        identify("1", traits={"email": "ada@example.com"}), workspace_id=loading.stranger_id
    )
    loading.load()
    assert loading.stored(loading.stranger_id).account_id.isna().all()

"""Whose event it is: anonymous id -> user -> account."""

from datetime import timedelta

from sqlalchemy import select

from pql.changes import ACCOUNT, CONTACT
from pql.state.models import Account, Change, Contact, ContactAccount, IntakeCount
from tests.fixtures.loading import Loading, group, identify, track


def changed(loading: Loading, subject: str) -> set[int]:
    with loading.state.reading() as session:
        return set(session.scalars(select(Change.subject_id).where(Change.subject == subject)))


def forget_changes(loading: Loading) -> None:
    with loading.state.writing() as session:
        for change in session.scalars(select(Change)):
            session.delete(change)


def test_an_event_without_an_account_is_of_the_users_last_group(loading: Loading) -> None:
    loading.load_sent(group("1", "acme"), track("2"), group("3", "globex"), track("4"))
    loading.load_sent(track("5"))
    assert [loading.account_of(each) for each in "245"] == ["acme", "globex", "globex"]


def test_an_event_that_names_its_account_is_of_that_one(loading: Loading) -> None:
    loading.load_sent(group("1", "acme"), track("2", group="globex"), track("3"))
    assert [loading.account_of(each) for each in "23"] == ["globex", "acme"]


def test_one_person_can_be_in_several_accounts(loading: Loading) -> None:
    loading.load_sent(track("1", group="acme"), track("2", group="globex"))
    with loading.state.reading() as session:
        keys = session.scalars(select(Account.key).join(ContactAccount)).all()
    assert sorted(keys) == ["acme", "globex"]


def test_events_before_the_first_group_are_of_that_account_in_one_load(loading: Loading) -> None:
    loading.load_sent(track("1"), group("2", "acme"), track("3"), group("4", "globex"))
    assert [loading.account_of(each) for each in "13"] == ["acme", "acme"]


def test_events_stored_before_the_first_group_are_attributed_later(loading: Loading) -> None:
    loading.load_sent(track("1"))
    assert loading.account_of("1") is None
    forget_changes(loading)
    loading.load_sent(group("2", "acme"))
    assert loading.account_of("1") == "acme"
    assert changed(loading, ACCOUNT) == {loading.account("acme").id}
    loading.load_sent(group("3", "globex"))
    assert loading.account_of("1") == "acme"


def test_a_group_call_that_arrives_late_does_not_undo_a_newer_one(loading: Loading) -> None:
    newer, older = loading.now - timedelta(hours=1), loading.now - timedelta(hours=2)
    loading.load_sent(group("1", "globex", timestamp=newer.isoformat()))
    loading.load_sent(group("2", "acme", timestamp=older.isoformat()), track("3"))
    assert loading.account_of("3") == "globex"


def test_a_visitor_who_logs_in_was_the_user_all_along(loading: Loading) -> None:
    loading.load_sent(track("1", None, anonymousId="visitor"))
    loading.load_sent(group("2", "acme"))
    forget_changes(loading)
    loading.load_sent(
        identify("3", anonymousId="visitor", traits={"email": "ada@example.com"}),
        track("4", None, anonymousId="visitor"),
    )
    contacts = {loading.contact_of(each).id for each in "1234"}
    assert len(contacts) == 1
    assert [loading.account_of(each) for each in "14"] == ["acme", "acme"]
    assert loading.contact_of("1").email == "ada@example.com"
    assert contacts < changed(loading, CONTACT)
    assert changed(loading, ACCOUNT) == {loading.account("acme").id}


def test_what_was_known_of_the_visitor_is_kept(loading: Loading) -> None:
    loading.load_sent(
        identify("1", None, anonymousId="visitor", traits={"title": "founder", "name": "A"}),
        group("2", "acme", None, anonymousId="visitor"),
    )
    loading.load_sent(identify("3", anonymousId="visitor", traits={"name": "Ada"}), track("4"))
    contact = loading.contact_of("4")
    assert contact.traits == {"title": "founder", "name": "Ada"}
    assert loading.account_of("4") == "acme"


def test_a_merged_contact_stays_and_says_whose_it_is(loading: Loading) -> None:
    loading.load_sent(track("1", None, anonymousId="visitor"))
    visitor = loading.contact_of("1").id
    loading.load_sent(identify("2", anonymousId="visitor"))
    with loading.state.reading() as session:
        merged = session.get(Contact, visitor)
    assert merged is not None
    assert merged.merged_into_id == loading.contact_of("2").id != visitor


def test_an_alias_makes_the_previous_id_the_users(loading: Loading) -> None:
    loading.load_sent(track("1", None, anonymousId="visitor"))
    alias = {"type": "alias", "messageId": "2", "userId": "ada", "previousId": "visitor"}
    loading.load_sent(alias, track("3", None, anonymousId="visitor"), track("4"))
    assert len({loading.contact_of(each).id for each in "134"}) == 1


def test_an_alias_before_the_visitor_is_heard_of_counts_too(loading: Loading) -> None:
    alias = {"type": "alias", "messageId": "1", "userId": "ada", "previousId": "visitor"}
    loading.load_sent(alias)
    loading.load_sent(track("2", None, anonymousId="visitor"), track("3"))
    assert loading.contact_of("2").id == loading.contact_of("3").id


def test_two_known_users_are_never_made_one(loading: Loading) -> None:
    alias = {"type": "alias", "messageId": "1", "userId": "ada", "previousId": "bob"}
    loading.load_sent(identify("2", "ada"), identify("3", "bob"), alias)
    assert loading.contact_of("2").id != loading.contact_of("3").id
    with loading.state.reading() as session:
        counts = {row.reason: row.events for row in session.scalars(select(IntakeCount))}
    assert counts == {"": 2, "two_known_users": 1}


def test_a_shared_device_keeps_its_users_apart(loading: Loading) -> None:
    loading.load_sent(identify("1", "ada", anonymousId="device"))
    loading.load_sent(identify("2", "bob", anonymousId="device"), track("3", "bob"))
    assert loading.contact_of("1").id != loading.contact_of("3").id


def test_one_visitor_after_another_becomes_the_user(loading: Loading) -> None:
    loading.load_sent(track("1", None, anonymousId="laptop"), track("2", None, anonymousId="phone"))
    loading.load_sent(identify("3", anonymousId="laptop"), identify("4", anonymousId="phone"))
    loading.load_sent(group("5", "acme"))
    assert len({loading.contact_of(each).id for each in "12345"}) == 1
    assert [loading.account_of(each) for each in "12"] == ["acme", "acme"]


def test_a_strangers_user_of_the_same_id_is_somebody_else(loading: Loading) -> None:
    loading.send(group("1", "acme", traits={"name": "Own"}), track("2"))
    loading.send(track("2"), workspace_id=loading.stranger_id)
    result = loading.load()
    assert (result.stored, result.duplicates) == (3, 0)
    stranger = loading.stored(loading.stranger_id)
    assert list(stranger.index) == ["2"]
    assert stranger.account_id.isna().all()
    assert stranger.contact_id["2"] != loading.stored().contact_id["2"]
    assert loading.fates(loading.stranger_id) == {"stored": 1}

"""More traits or facts than anybody needs of one account: bounded, and told."""

from datetime import timedelta

from sqlalchemy import func, select

from pql.accounts.settling import KEPT_AT_EACH_END
from pql.state.models import AccountFact, IntakeCount
from tests.fixtures.loading import RECEIVED_AT, Loading, group, identify
from usage_ingest.identity.records import AccountRecord
from usage_ingest.traits import (
    LARGEST_TRAIT,
    MOST_TRAIT_TIMES,
    MOST_TRAITS,
    SET,
    TRAITS_LEFT_OUT,
    UNSET,
)


def notes(loading: Loading) -> dict[str, int]:
    noted = select(IntakeCount.reason, IntakeCount.events).where(IntakeCount.reason != "")
    with loading.state.reading() as session:
        return {row.reason: row.events for row in session.execute(noted)}


def test_an_account_keeps_so_many_traits_and_no_more(loading: Loading) -> None:
    many = {f"trait {number}": number for number in range(MOST_TRAITS + 1)}
    loading.load_sent(group("1", "acme", traits=many))
    assert len(loading.account("acme").traits) == MOST_TRAITS
    assert loading.fates() == {"stored": 1}
    assert notes(loading) == {TRAITS_LEFT_OUT: 1}


def test_a_full_account_still_learns_about_the_traits_it_has(loading: Loading) -> None:
    full = {f"trait {number}": number for number in range(MOST_TRAITS)}
    loading.load_sent(group("1", "acme", traits=full))
    loading.load_sent(group("2", "acme", traits={"trait 7": "new"}))
    assert loading.account("acme").traits["trait 7"] == "new"
    assert notes(loading) == {}


def test_a_trait_that_is_too_large_is_left_out_and_told(loading: Loading) -> None:
    text, items = "x" * (LARGEST_TRAIT + 1), ["x"] * LARGEST_TRAIT
    loading.load_sent(
        identify("1", "ada", traits={"bio": text, "tags": items, "title": "CTO"}),
        identify("2", "bob", traits={"bio": text[:-1]}),
    )
    assert loading.contact_of("1").traits == {"title": "CTO"}
    assert loading.contact_of("2").traits == {"bio": text[:-1]}
    assert notes(loading) == {TRAITS_LEFT_OUT: 1}


def test_made_up_names_do_not_fill_what_is_known_of_the_times_of_traits() -> None:
    account = AccountRecord("acme", RECEIVED_AT, RECEIVED_AT)
    for begin in range(0, 2 * MOST_TRAIT_TIMES, 100):
        names = dict.fromkeys(map(str, range(begin, begin + 100)), 1)
        account.change([(SET, names), (UNSET, names)], RECEIVED_AT)
    assert len(account.trait_times) == MOST_TRAIT_TIMES


def test_a_product_that_says_something_else_at_each_login_fills_no_history(
    loading: Loading,
) -> None:
    begin = loading.now - timedelta(days=20)
    flips = 4 * KEPT_AT_EACH_END
    sent = []
    for number in range(flips):
        status = {0: "trial", flips // 2: "paying"}.get(number, f"{number % 2}")
        at = (begin + timedelta(minutes=number)).isoformat()
        traits = {"plan": f"plan {number % 2}", "status": status}
        sent.append(group(f"{number}", "acme", traits=traits, timestamp=at))
    loading.load_sent(*sent)
    account = loading.account("acme")
    with loading.state.reading() as session:
        own = AccountFact.account_id == account.id
        plans = select(func.count()).where(own, AccountFact.field == "plan")
        assert session.scalar(plans) == 2 * KEPT_AT_EACH_END
    assert account.plan == "plan 1"
    assert account.trial_started_at == begin
    assert account.converted_at == begin + timedelta(minutes=flips // 2)

"""Which events do not count, and which accounts are none of a customer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pql.definitions.model import FilterSettings
from pql.definitions.reading import DefinitionError, read_definitions
from usage_ingest.loading.filters import Filters, is_internal_account

CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36"
GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
FILTERS = Filters(
    FilterSettings(test_accounts=("test-*", "a?b[1]"), test_emails=("qa+*@example.org",)),
    internal_domains=("Example.com",),
)


def reason(email: str | None = None, agent: str | None = None, filters: Filters = FILTERS) -> str:
    return filters.reason(email=email, user_agent=agent)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (reason("ada@example.org", CHROME), ""),
        (reason(), ""),
        (reason("QA+3@example.org"), "test_person"),
        (reason("ada@EXAMPLE.com"), "internal_person"),
        (reason("ada@not-example.com"), ""),
        (reason(agent=GOOGLEBOT), "bot"),
        (reason(agent="curl/8.1"), "bot"),
        (reason(agent=GOOGLEBOT, filters=Filters(FilterSettings(bots=False), ())), ""),
    ],
)
def test_each_reason(found: str, expected: str) -> None:
    assert found == expected


@pytest.mark.parametrize(
    ("key", "is_test"),
    [("Test-7", True), ("contest-7", False), ("a?b[1]", True), ("axb1", False), ("acme", False)],
)
def test_a_test_account_is_told_by_its_key(key: str, *, is_test: bool) -> None:
    assert FILTERS.is_test_account(key) == is_test


@given(st.text(), st.text())
def test_without_settings_only_bots_are_told(email: str, agent: str) -> None:
    assert reason(email, agent, Filters(FilterSettings(), ())) in {"", "bot"}


@given(st.text(min_size=1).filter(lambda text: text == text.strip() and "*" not in text))
def test_a_pattern_without_a_star_is_the_name_itself(name: str) -> None:
    filters = Filters(FilterSettings(test_accounts=(name,)), ())
    assert filters.is_test_account(name)
    assert not filters.is_test_account(f"{name}2")


def internal(
    *, test: bool = False, addresses: bool | None = None, events: bool | None, was: bool | None
) -> bool:
    return is_internal_account(
        is_test=test,
        has_only_internal_addresses=addresses,
        has_only_filtered_events=events,
        was_internal=was,
    )


def test_an_account_that_only_bots_had_is_internal_until_a_person_comes() -> None:
    assert internal(events=True, was=None)
    assert internal(events=True, was=True)
    assert not internal(events=False, was=True)


def test_a_customer_stays_one_whoever_visits() -> None:
    assert not internal(events=True, was=False)
    assert not internal(events=True, addresses=False, was=False)


def test_a_test_account_and_one_of_our_own_people_is_internal() -> None:
    assert internal(test=True, events=False, was=False)
    assert internal(addresses=True, events=False, was=False)


def test_an_outside_address_ends_what_inside_addresses_began() -> None:
    assert not internal(addresses=False, events=None, was=True)


def test_nothing_new_changes_nothing() -> None:
    assert internal(events=None, was=True)
    assert not internal(events=None, was=False)
    assert not internal(events=None, was=None)


def test_filters_are_read_from_the_definition_file() -> None:
    text = "filters: {test_accounts: [test-*], test_emails: ['*@example.org'], bots: false}"
    read = read_definitions(text, "f").filters
    assert read == FilterSettings(("test-*",), ("*@example.org",), bots=False)
    assert read_definitions("metrics: {}", "f").filters == FilterSettings()


@pytest.mark.parametrize(
    "text", ["{test_accounts: x}", "{bots: 1}", "{test_emails: [1]}", "{crawlers: true}"]
)
def test_what_cannot_be_a_filter_is_refused(text: str) -> None:
    with pytest.raises(DefinitionError, match="allowed"):
        read_definitions(f"filters: {text}", "f")

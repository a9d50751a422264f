"""What traits, event names and imported rows tell."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pql.accounts.dates import NotADate, read_date
from pql.accounts.facts import Fact, FactReader, from_import
from pql.definitions.defaults import DEFAULT_LIFECYCLE

NOW = datetime(2026, 3, 1, tzinfo=UTC)
READER = FactReader(DEFAULT_LIFECYCLE)


def told(
    traits: dict[str, object], before: dict[str, object] | None = None
) -> list[tuple[str, str]]:
    facts = READER.from_traits(traits, before or {}, NOW, "trait")
    return [(fact.field, fact.value) for fact in facts]


def test_a_plan_that_names_a_status_tells_both() -> None:
    assert told({"plan": "Trial"}) == [("plan", "Trial"), ("status", "trial")]
    assert told({"plan": "business"}) == [("plan", "business")]


def test_only_what_changed_tells_anything() -> None:
    assert told({"plan": "trial"}, before={"plan": "trial"}) == []
    assert told({"plan": "business"}, before={"plan": "trial"}) == [("plan", "business")]


def test_an_import_tells_what_it_says_each_time() -> None:
    facts = READER.from_traits({"status": "paid"}, {"status": "paid"}, NOW, "import")
    assert [fact.value for fact in facts] == ["paying"]


def test_null_and_what_is_no_text_tell_nothing() -> None:
    assert told({"plan": None, "status": ["trial"]}) == []


@pytest.mark.parametrize(
    "name", ["subscription_started", "Subscription Started", "subscription-STARTED"]
)
def test_names_are_compared_without_case_and_separators(name: str) -> None:
    assert READER.tells(name)
    assert READER.from_event(name, NOW).value == "paying"


def test_other_events_tell_nothing() -> None:
    assert not READER.tells("message_sent")


def test_an_imported_row_says_it_in_our_words() -> None:
    facts = from_import({"status": "paying", "trial_started_at": "2026-02-01"}, NOW)
    assert facts == [
        Fact("status", "paying", NOW, "import", "imported row"),
        Fact("trial_started_at", "2026-02-01T00:00:00+00:00", NOW, "import", "imported row"),
    ]


@pytest.mark.parametrize(
    "value",
    [
        "2026-02-01",
        "20260201",
        "2026-02-01T00:00:00Z",
        "2026-02-01T01:00:00+01:00",
        " 2026-02-01T00:00 ",
        "01.02.2026",
        "Feb 1, 2026",
        1769904000,
        1769904000.0,
        1769904000000,
        "1769904000",
        "1769904000000",
    ],
)
def test_dates_are_read_as_products_write_them(value: object) -> None:
    assert read_date(value) == datetime(2026, 2, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "value", ["soon", "", True, None, [], 0, -1, 1e300, "1970-01-01", "9999", "05/06/2026"]
)
def test_what_is_no_date_is_refused(value: object) -> None:
    with pytest.raises(NotADate, match="allowed: an ISO 8601 date"):
        read_date(value)


@given(st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.text()))
def test_any_trait_is_a_date_or_a_note(value: object) -> None:
    for fact in READER.from_traits({"trialEndsAt": value}, {}, NOW, "trait"):
        assert fact.field in {"trial_ends_at", "note"}
        assert len(fact.value) <= 200
        assert len(fact.detail) <= 200

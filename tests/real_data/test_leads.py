"""Leads of an education company: columns that were filled in after contact must not be believed."""

from pathlib import Path

import pytest

from pql.finder.answers import Answer
from pql.finder.reading import TableRequest, find_in_table
from pql.finder.splitting import Claim
from tests.real_data.conftest import find_data

pytestmark = [pytest.mark.slow, pytest.mark.real_data, pytest.mark.timeout(600)]

FILLED_IN_LATER = {
    "Tags",
    "Lead Quality",
    "Lead Profile",
    "Last Notable Activity",
    "Asymmetrique Activity Index",
    "Asymmetrique Profile Index",
    "Asymmetrique Activity Score",
    "Asymmetrique Profile Score",
}
KNOWN_AT_CAPTURE = {"Lead Origin", "Lead Source", "TotalVisits", "Total Time Spent on Website"}


@pytest.fixture(scope="module")
def file() -> Path:
    """The leads; the test is skipped where they are not."""
    return find_data("leads") / "leads.csv.gz"


def ask(file: Path, *known_at_start: str) -> Answer:
    request = TableRequest(
        "Converted", id="Prospect ID", missing=("Select",), known_at_start=known_at_start
    )
    return find_in_table(file, request)


@pytest.fixture(scope="module")
def answer(file: Path) -> Answer:
    return ask(file)


def test_columns_that_were_filled_in_after_contact_are_flagged(answer: Answer) -> None:
    flagged = {alarm.source for alarm in answer.finding.alarms}
    assert flagged >= FILLED_IN_LATER
    assert not flagged & KNOWN_AT_CAPTURE


def test_what_is_known_at_capture_is_searched_and_nothing_is_promised(answer: Answer) -> None:
    finding = answer.finding
    assert {column.source for column in finding.columns} >= KNOWN_AT_CAPTURE
    assert finding.claim is Claim.ONE_GROUP  # the table has no time
    assert finding.recommended is None
    assert finding.strongest is not None


def test_a_column_that_leaks_is_caught_by_its_numbers_too(file: Path) -> None:
    finding = ask(file, *FILLED_IN_LATER).finding
    caught = {alarm.source: alarm.kind.value for alarm in finding.alarms}
    assert caught["Tags"] == "leak"
    assert caught["Lead Quality"] == "missing tells the outcome"

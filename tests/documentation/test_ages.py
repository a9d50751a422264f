"""Examples never age: what docs send can be pasted in a year and is taken in."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest

from pql.settings import Settings
from tests.documentation.pages import NAMES, Page
from usage_ingest.canonical import CanonicalEvent
from usage_ingest.journal import StoredEntry
from usage_ingest.translating.translation import translate_entries

LATE = timedelta(days=Settings("", "").late_days)
IN_A_YEAR = datetime.now(UTC) + timedelta(days=365)
PROGRAMS = ("python", "javascript")
SENDS = re.compile(
    r"/v1/(events|track|batch|group|identify)\b.*?(?:--data|--json) '(.+?)'", re.DOTALL
)
A_DATE = re.compile(r"\b20\d\d-\d\d-\d\d\b")
SHELLS = ("console", "shell", "sh", "bash")

SENT = [
    (name, call, body)
    for name in NAMES
    for language in SHELLS
    for block in Page(name).blocks(language)
    for call, body in SENDS.findall(block)
]


def test_there_are_examples_that_send_events() -> None:
    assert {name for name, _, _ in SENT} >= {"docs/developers.md"}


@pytest.mark.parametrize(("name", "call", "body"), SENT)
def test_an_example_is_taken_in_a_year_from_now(name: str, call: str, body: str) -> None:
    channel = "cloudevents" if call == "events" else "segment"
    content = json.dumps(json.loads(body)).encode()
    entry = StoredEntry(1, 2, channel, call, IN_A_YEAR, 1, content, 9)
    (results,) = translate_entries([entry], 1_000_000, late=LATE)
    assert [each for each in results if not isinstance(each, CanonicalEvent)] == [], name


@pytest.mark.parametrize("name", ["README.md", "docs/developers.md"])
def test_programs_that_send_events_name_no_date(name: str) -> None:
    for language in PROGRAMS:
        for block in Page(name).blocks(language):
            assert not A_DATE.search(block), block

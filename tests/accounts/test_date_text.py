"""Dates in text: every form with one plain reading is read, and nothing else."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pql.date_text import NotPlainlyReadable, read_date_text

DAY = datetime.fromisoformat("2026-11-20")
FIFTH_OF_JUNE = datetime.fromisoformat("2026-06-05")
SIXTH_OF_MAY = datetime.fromisoformat("2026-05-06")
IN_UTC = DAY.replace(hour=10, tzinfo=UTC)
EASTWARD = IN_UTC.replace(tzinfo=timezone(timedelta(hours=1)))


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-20",
        "20.11.2026",
        "20. 11. 2026",
        "20/11/2026",
        "11/20/2026",
        "11-20-2026",
        "2026/11/20",
        "2026.11.20",
        "20 Nov 2026",
        "20-NOV-2026",
        "20. November 2026",
        "20th November, 2026",
        "Nov 20, 2026",
        "Friday, November 20th 2026",
        "20.11.2026 00:00",
        "11/20/2026 12:00:00 AM",
    ],
)
def test_a_date_with_one_plain_reading_is_read(text: str) -> None:
    assert read_date_text(text) == DAY


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-20T10:00:00.000000000Z", IN_UTC),
        ("2026-11-20 10:00:00 UTC", IN_UTC),
        ("Fri, 20 Nov 2026 10:00:00 GMT", IN_UTC),
        ("Fri Nov 20 10:00:00 UTC 2026", IN_UTC),
        ("2026-11-20 10:00:00 +0100", EASTWARD),
        ("2026-11-20 10:00:00.000000001 +0100 CET m=+0.01", EASTWARD),
        ("Fri Nov 20 2026 10:00:00 GMT+0100 (Central European Standard Time)", EASTWARD),
        ("11/20/2026 2:30 PM", DAY.replace(hour=14, minute=30)),
    ],
)
def test_a_time_is_read_as_programs_write_it(text: str, moment: datetime) -> None:
    assert read_date_text(text) == moment


def test_which_comes_first_must_be_known_where_both_could_be_the_month() -> None:
    with pytest.raises(NotPlainlyReadable, match="whether the day or the month comes first"):
        read_date_text("05/06/2026")
    assert read_date_text("05/06/2026", day_first=True) == FIFTH_OF_JUNE
    assert read_date_text("05/06/2026", day_first=False) == SIXTH_OF_MAY
    assert read_date_text("05.06.2026") == FIFTH_OF_JUNE
    assert read_date_text("05/05/2026") == SIXTH_OF_MAY - timedelta(days=1)


@pytest.mark.parametrize(
    "text",
    ["", "soon", "12", "20.11.26", "31.02.2026", "13/13/2026", "13:00 PM", "20 Nov", "May 2026"],
)
def test_what_has_no_plain_reading_is_refused(text: str) -> None:
    with pytest.raises(NotPlainlyReadable):
        read_date_text(text)


@given(st.text())
def test_any_text_is_a_date_or_refused(text: str) -> None:
    with suppress(NotPlainlyReadable):
        assert isinstance(read_date_text(text), datetime)

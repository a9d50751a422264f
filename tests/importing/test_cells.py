"""One cell of a file: what it is read as, and what is said of one that cannot be."""

import math
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pql.delimited.formats import FileFormat
from pql.delimited.numbers import NumberForm
from usage_ingest.importers.cells import BadCell, Cells
from usage_ingest.importers.mapping import ColumnForm, Field, Formats, with_file_format

COLUMN = Field(column="cell")


def said(**file: str) -> Formats:
    """What a mapping says of its file."""
    return with_file_format(Formats(), FileFormat(**file))


def cells(cell: object, formats: Formats | None = None) -> Cells:
    return Cells({"cell": cell}, formats or Formats())


@pytest.mark.parametrize(
    ("cell", "read_as"),
    [
        ("0.3", 0.3),
        ("12", 12),
        ("-4e2", -400.0),
        ("007", "007"),
        ("+49", "+49"),
        ("NA", "NA"),
        ("nan", "nan"),
        (" spaced ", "spaced"),
        ("", None),
        (None, None),
        (math.nan, None),
        (Decimal("1.5"), 1.5),
        (date(2026, 1, 31), "2026-01-31"),
        (True, True),
        ({"a": [1, "b"]}, {"a": [1, "b"]}),
    ],
)
def test_a_cell_is_read_as_what_it_looks_like(cell: object, read_as: object) -> None:
    value = cells(cell).value(COLUMN)
    assert value == read_as
    assert type(value) is type(read_as)


def test_only_what_is_listed_is_missing() -> None:
    formats = Formats(missing=frozenset({"Select"}))
    assert cells("Select", formats).value(COLUMN) is None
    assert cells("NA", formats).value(COLUMN) == "NA"


@pytest.mark.parametrize("cell", ["NULL", "n/a", "-", "NA", "NaN"])
def test_words_for_nothing_are_missing_among_numbers_and_times_and_text_among_texts(
    cell: str,
) -> None:
    among_numbers = Formats(columns={"cell": ColumnForm(is_number=True)})
    assert cells(cell, among_numbers).value(COLUMN) is None
    assert cells(cell).value(Field(column="cell", type="number")) is None
    assert cells(cell).time(COLUMN) is None
    assert cells(cell).value(COLUMN) == cell


@pytest.mark.parametrize(
    ("cell", "form", "number"),
    [
        ("1.234,50", NumberForm(",", "."), 1234.5),
        ("1 234,50", NumberForm(",", " "), 1234.5),
        ("1\N{NO-BREAK SPACE}234\N{NO-BREAK SPACE}567", NumberForm(",", " "), 1234567),
        ("1'234.50", NumberForm(".", "'"), 1234.5),
        ("1,234", NumberForm(".", ","), 1234),
        ("-0,5", NumberForm(",", "."), -0.5),
        ("1.5", NumberForm(",", "."), "1.5"),
    ],
)
def test_a_number_is_read_as_its_column_writes_them(
    cell: str, form: NumberForm, number: object
) -> None:
    formats = Formats(columns={"cell": ColumnForm(number=form, is_number=True)})
    assert cells(cell, formats).value(COLUMN) == number


def test_a_constant_needs_no_column() -> None:
    assert cells("x").value(Field(value="login")) == "login"


def test_text_keeps_what_looks_like_a_number() -> None:
    assert cells("1234").value(Field(column="cell", type="text")) == "1234"


def test_a_decimal_comma_is_read_where_the_mapping_says_so() -> None:
    assert cells("3,5", said(decimal=",")).value(COLUMN) == 3.5
    assert cells("3,5").value(COLUMN) == "3,5"


@pytest.mark.parametrize("cell", ["three", "1e999", "--1", True, [1]])
def test_what_must_be_a_number_and_is_none_says_so(cell: object) -> None:
    with pytest.raises(BadCell) as caught:
        cells(cell).value(Field(column="cell", type="number"))
    assert (caught.value.column, caught.value.reason) == ("cell", "not a number")


@pytest.mark.parametrize(
    ("cell", "read_as"), [("Yes", True), ("0", False), (True, True), ("t", True), ("lost", False)]
)
def test_true_and_false_may_be_written_in_words(cell: object, read_as: bool) -> None:
    assert cells(cell).value(Field(column="cell", type="boolean")) is read_as


@pytest.mark.parametrize(
    ("cell", "formats", "moment"),
    [
        ("2022-01-01", Formats(), datetime(2022, 1, 1, tzinfo=UTC)),
        ("2022-01-01T09:30:00Z", Formats(), datetime(2022, 1, 1, 9, 30, tzinfo=UTC)),
        (
            "2022-07-01",
            Formats(time_zone=ZoneInfo("Europe/Berlin")),
            datetime(2022, 6, 30, 22, tzinfo=UTC),
        ),
        ("31.01.2022", said(time_format="%d.%m.%Y"), datetime(2022, 1, 31, tzinfo=UTC)),
        ("1643587200", said(time_format="unix"), datetime(2022, 1, 31, tzinfo=UTC)),
        (
            1643587200000,
            said(time_format="unix_milliseconds"),
            datetime(2022, 1, 31, tzinfo=UTC),
        ),
        (date(2022, 1, 31), Formats(), datetime(2022, 1, 31, tzinfo=UTC)),
        ("20.11.2021", Formats(), datetime(2021, 11, 20, tzinfo=UTC)),
        ("2/1/2024", said(time_format="day_first"), datetime(2024, 1, 2, tzinfo=UTC)),
        ("2/1/2024", said(time_format="month_first"), datetime(2024, 2, 1, tzinfo=UTC)),
    ],
)
def test_times_come_out_in_utc(cell: object, formats: Formats, moment: datetime) -> None:
    assert cells(cell, formats).time(COLUMN) == moment


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("yesterday", "not a time"),
        ("2/1/2024", "not a time"),
        ("1970-01-01", "too long ago"),
        ([1], "not a time"),
    ],
)
def test_what_is_no_time_says_what_would_be(cell: object, reason: str) -> None:
    with pytest.raises(BadCell) as caught:
        cells(cell).time(COLUMN)
    assert caught.value.reason == reason
    assert "2026-01-31" in caught.value.allowed or "1990" in caught.value.allowed


@pytest.mark.parametrize("cell", ["a\x00b", "a\udcffb", {"a\x00": 1}, ["\ud800"]])
def test_characters_that_no_store_can_keep_are_refused(cell: object) -> None:
    with pytest.raises(BadCell, match="characters that are not text"):
        cells(cell).value(COLUMN)


@given(st.one_of(st.text(), st.floats(), st.integers(), st.dates(), st.binary(), st.booleans()))
def test_whatever_a_cell_holds_it_is_read_or_refused(cell: object) -> None:
    for read in (Cells.text, Cells.time, Cells.value):
        with suppress(BadCell):
            read(cells(cell), COLUMN)

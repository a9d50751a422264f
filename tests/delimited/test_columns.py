"""Times and numbers of a column: which are read, and what is decided over all of its cells."""

import pytest

from pql.delimited.formats import FileFormat
from pql.delimited.number_columns import NumbersFound, decide_numbers, decimal_of_file
from pql.delimited.numbers import NumberEvidence, NumberForm
from pql.delimited.time_columns import TimeEvidence, TimesFound
from pql.delimited.times import read_time


def times_of(*cells: str) -> TimesFound:
    evidence = TimeEvidence()
    evidence.add(cells)
    return evidence.decide()


def numbers_of(
    *cells: str,
    delimiter: str = ";",
    others: tuple[str, ...] = (),
    given: FileFormat | None = None,
) -> NumbersFound:
    evidence, other = NumberEvidence(), NumberEvidence()
    evidence.add(cells)
    other.add(others)
    of_file = decimal_of_file([evidence, other])
    return decide_numbers(evidence, given or FileFormat(), delimiter, of_file)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-20", "2026-11-20T00:00:00"),
        ("20261120", "2026-11-20T00:00:00"),
        ("20.11.2026", "2026-11-20T00:00:00"),
        ("1.2.2026", "2026-02-01T00:00:00"),
        ("20. 11. 2026", "2026-11-20T00:00:00"),
        ("20.11.26", "2026-11-20T00:00:00"),
        ("11/20/2026", "2026-11-20T00:00:00"),
        ("20/11/2026", "2026-11-20T00:00:00"),
        ("2026/11/20", "2026-11-20T00:00:00"),
        ("2026.11.20", "2026-11-20T00:00:00"),
        ("20-11-2026", "2026-11-20T00:00:00"),
        ("5/5/2026", "2026-05-05T00:00:00"),
        ("20 Nov 2026", "2026-11-20T00:00:00"),
        ("20-Nov-2026", "2026-11-20T00:00:00"),
        ("November 20, 2026", "2026-11-20T00:00:00"),
        ("Nov 20th 2026", "2026-11-20T00:00:00"),
        ("20.11.2026 9:30", "2026-11-20T09:30:00"),
        ("20.11.2026 klo 9", None),
        ("20.11.2026 9.30", "2026-11-20T09:30:00"),
        ("20.11.2026, 09:30:05", "2026-11-20T09:30:05"),
        ("11/20/2026 9:30 PM", "2026-11-20T21:30:00"),
        ("11/20/2026 12:05 am", "2026-11-20T00:05:00"),
        ("11/20/2026 13:05 am", None),
        ("2026-11-20 09:30:00 UTC", "2026-11-20T09:30:00+00:00"),
        ("2026-11-20 09:30:00 +0200", "2026-11-20T09:30:00+02:00"),
        ("Fri, 20 Nov 2026 09:30:00 GMT", "2026-11-20T09:30:00+00:00"),
        (
            "Fri Nov 20 2026 09:30:00 GMT+0100 (Central European Standard Time)",
            "2026-11-20T09:30:00+01:00",
        ),
        ("1795167000", "2026-11-20T09:30:00+00:00"),
        ("1795167000000", "2026-11-20T09:30:00+00:00"),
        ("20261120093000", "2026-11-20T09:30:00"),
        ("1/2/2024", None),
        ("30.2.2026", None),
        ("20-11-26", None),
        ("soon", None),
        ("12", None),
        ("", None),
    ],
)
def test_a_time_with_one_meaning_is_read_and_no_other(text: str, moment: str | None) -> None:
    if moment is None:
        with pytest.raises(ValueError, match=r"^"):
            read_time(text)
    else:
        assert read_time(text).isoformat() == moment


@pytest.mark.parametrize(
    ("cells", "form"),
    [
        (["2026-01-02", "2026-02-01"], "auto"),
        (["20.11.2026", "1.2.2026"], "day_first"),
        (["1.2.2026"], "day_first"),
        (["1/2/2024", "1/31/2024"], "month_first"),
        (["1/2/2024", "31/1/2024"], "day_first"),
        (["5/5/2024"], "auto"),
        (["11.20.2026", "1.2.2026"], "month_first"),
    ],
)
def test_one_cell_tells_which_number_is_the_day_in_all_of_them(cells: list[str], form: str) -> None:
    found = times_of(*cells)
    assert (found.form.format, found.problem) == (form, "")
    assert (found.told != "") == (form != "auto")


def test_dates_that_may_be_two_days_are_told_with_both() -> None:
    problem = times_of("1/2/2024", "3/4/2024").problem
    assert "may be 1 February or 2 January" in problem or "may be 3 April or 4 March" in problem
    assert "time_format: day_first or month_first (--time-format)" in problem


def test_dates_in_both_orders_are_told() -> None:
    assert "1/31/2024" in times_of("31/1/2024", "1/31/2024").problem


@pytest.mark.parametrize(
    ("cells", "form"),
    [
        (["1.234,50", "12"], NumberForm(",", ".")),
        (["1 234,50", "0,5"], NumberForm(",", " ")),
        (["1\N{NO-BREAK SPACE}234,50"], NumberForm(",", " ")),
        (["1'234.50", "7"], NumberForm(".", "'")),
        (["1,234.50"], NumberForm(".", ",")),
        (["1.234.567"], NumberForm(",", ".")),
        (["12,5", "1.234"], NumberForm(",", ".")),
        (["12,5", "-", "NA", ""], NumberForm(",", "")),
        (["1", "2.5"], NumberForm()),
    ],
)
def test_what_a_point_means_is_told_by_other_cells(cells: list[str], form: NumberForm) -> None:
    found = numbers_of(*cells)
    assert (found.form, found.is_number, found.problem) == (form, True, "")
    assert (found.told == "") == (form == NumberForm())


def test_other_columns_tell_it_too_and_else_the_delimiter() -> None:
    assert numbers_of("1.234", others=("0,5",)).form == NumberForm(",", ".")
    assert numbers_of("1.234", delimiter=",").form == NumberForm()
    assert numbers_of("1,234", delimiter=",").form == NumberForm(".", ",")


def test_a_number_that_may_be_two_is_told_with_both_and_what_is_said_decides() -> None:
    found = numbers_of("1.234", "2.500")
    assert "1.234 may be 1234 or 1.234" in found.problem or "2.500 may be 2500" in found.problem
    assert "--decimal" in found.problem
    assert numbers_of("1.234", given=FileFormat(decimal=".")).form == NumberForm()
    assert numbers_of("1.234", given=FileFormat(decimal=",")).form == NumberForm(",", ".")


@pytest.mark.parametrize("cells", [["1,5", "large"], ["007", "1"], ["+49", "1"], ["1.2.3"]])
def test_texts_among_them_make_it_no_column_of_numbers(cells: list[str]) -> None:
    assert not numbers_of(*cells).is_number

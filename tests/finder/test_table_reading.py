"""How a file to search is understood: its outcome, its times and its numbers."""

from pathlib import Path

import numpy as np
import pytest

from pql.delimited.formats import FileFormat
from pql.finder.columns import ValueTable
from pql.finder.preparing import Task
from pql.finder.reading import TableRequest, read_table
from pql.finder.table_files import TableInvalid

ROWS = 60


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where a table is."""
    return tmp_path / "leads.csv"


def read(file: Path, content: str | bytes, request: TableRequest) -> tuple[ValueTable, Task, str]:
    """The table, how to search it, and what was told of the file."""
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    told: list[str] = []
    table, task = read_table(file, request, told.append)
    return table, task, "\n".join(told)


def rows_of(*columns: list[str], delimiter: str = ",") -> str:
    names = ("won", "began", "n")[: len(columns)]
    rows = [names, *zip(*columns, strict=True)]
    return "".join(delimiter.join(row) + "\n" for row in rows)


def outcomes(*words: str) -> list[str]:
    return [words[number % len(words)] for number in range(ROWS)]


NUMBERS = [f"{number % 7}" for number in range(ROWS)]


@pytest.mark.parametrize(
    ("yes", "no"),
    [
        *[("t", "f"), ("won", "lost"), ("Closed Won", "closed-lost"), ("Y", "n"), ("1.0", "0.0")],
        *[("TRUE", "FALSE"), ("paid", "unpaid"), ("tak", "nie")],
    ],
)
def test_an_outcome_in_words_is_taken(file: Path, yes: str, no: str) -> None:
    table, _, _ = read(file, rows_of(outcomes(yes, no, no)), TableRequest("won"))
    assert table.outcome.tolist() == [True, False, False] * (ROWS // 3)


def test_any_other_pair_is_taken_once_it_is_said_which_means_yes(file: Path) -> None:
    content = rows_of(outcomes("Signed", "open", "", "no go"), NUMBERS)
    with pytest.raises(TableInvalid, match="--positive VALUE"):
        read(file, content, TableRequest("won"))
    table, task, told = read(file, content, TableRequest("won", positive="signed"))
    assert table.outcome.tolist() == [True, False, False] * (ROWS // 4)
    assert task.left_out["outcome unknown"] == ROWS // 4
    assert "won: signed is yes; open (15), no go (15) no; nothing is unknown" in told
    with pytest.raises(TableInvalid, match="no row has 'lost' in won; it has"):
        read(file, content, TableRequest("won", positive="lost"))


def test_a_value_that_only_winners_have_is_told_and_asked_for(file: Path) -> None:
    content = rows_of(outcomes("won", "", ""), NUMBERS)
    _, task, told = read(file, content, TableRequest("won"))
    assert task.left_out["outcome unknown"] == 2 * ROWS // 3
    assert "If nothing means no, say --positive won" in told
    table, _, told = read(file, content, TableRequest("won", positive="won"))
    assert (len(table), table.outcome.sum()) == (ROWS, ROWS // 3)
    assert "won: won is yes, nothing is no" in told


@pytest.mark.parametrize("date", ["2026-01-20", "20.1.2026", "1/2/2026"])
def test_a_date_that_only_those_have_who_paid_is_an_outcome(file: Path, date: str) -> None:
    table, _, told = read(
        file, rows_of(outcomes(date, "", "", "NULL"), NUMBERS), TableRequest("won")
    )
    assert (len(table), table.outcome.sum()) == (ROWS, ROWS // 4)
    assert "won: 15 rows have a date and count as converted, 45 have none: no outcome" in told


@pytest.mark.parametrize(
    ("dates", "first", "last"),
    [
        (["1/2/2024", "1/31/2024"], "2024-01-02", "2024-01-31"),
        (["20.11.2026", "1.12.2026"], "2026-11-20", "2026-12-01"),
        (["2024", "2026"], "2024-01-01", "2026-01-01"),
        (["2024-03", "2026-01"], "2024-03-01", "2026-01-01"),
        (["2024-03-01T23:30:00-02:00", "2026-01-01"], "2024-03-02", "2026-01-01"),
        (["-", "1704067200", ""], "2024-01-01", "2024-01-01"),
    ],
)
def test_times_are_read_in_one_form_for_all_of_them(
    file: Path, dates: list[str], first: str, last: str
) -> None:
    content = rows_of(outcomes("1", "0", "0", "0", "0"), outcomes(*dates))
    table, _, _ = read(file, content, TableRequest("won", time="began"))
    assert table.started_at is not None
    days = table.started_at.astype("datetime64[D]")
    assert (str(days.min()), str(days.max())) == (first, last)


def test_dates_that_may_be_two_days_are_refused_until_somebody_says_it(file: Path) -> None:
    content = rows_of(outcomes("1", "0", "0"), outcomes("1/2/2024", "3/4/2024"))
    with pytest.raises(TableInvalid, match=r"began: .* may be .* \(--time-format\)"):
        read(file, content, TableRequest("won", time="began"))
    said = TableRequest("won", time="began", file_format=FileFormat(time_format="day_first"))
    table, _, _ = read(file, content, said)
    assert table.started_at is not None
    assert str(table.started_at.max())[:10] == "2024-04-03"


def test_a_time_that_nobody_can_read_is_unknown_told_and_counted(file: Path) -> None:
    content = rows_of(outcomes("1", "0", "0"), outcomes("2024-01-02", "2024-01-03", "soon"))
    _, task, told = read(file, content, TableRequest("won", time="began"))
    assert task.left_out["time unreadable"] == ROWS // 3
    assert "began: 20 rows have what is no time: soon" in told


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16", "utf-8-sig"])
def test_a_spreadsheet_of_another_country_is_the_same_table(file: Path, encoding: str) -> None:
    amounts = [f"1.{number % 7}00,50" if number % 4 else "n/a" for number in range(ROWS)]
    content = rows_of(
        outcomes("1", "0", "0"), outcomes("J\u00e4rvi", "S\u00f8r"), amounts, delimiter=";"
    )
    table, _, told = read(file, content.encode(encoding), TableRequest("won"))
    names = [column.name for column in table.columns]
    assert names[0] == "began is J\u00e4rvi"
    numbers = table.values[:, names.index("n")]
    assert np.nanmax(numbers) == 1600.5
    assert np.isnan(numbers).sum() == sum("n/a" in each for each in amounts)
    assert "cells separated by semicolon" in told
    assert "n: comma before decimals, point between thousands" in told


def test_columns_of_one_name_are_refused(file: Path) -> None:
    with pytest.raises(TableInvalid, match=r"columns of one name: n \(2 and 3\)"):
        read(file, "won,n,n\n1,2,3\n0,1,2\n", TableRequest("won"))


def test_rows_that_cannot_be_read_are_left_out_told_and_counted(file: Path) -> None:
    content = rows_of(outcomes("1", "0", "0"), outcomes("a", "b"), NUMBERS) + "1,a\n1,a,2,3\n"
    _, task, told = read(file, content, TableRequest("won"))
    assert task.left_out["row unreadable"] == 2
    assert "2 rows cannot be read and are left out: row 62: too few cells" in told

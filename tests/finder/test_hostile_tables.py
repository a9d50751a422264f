"""Tables that would fill the memory, and cells that are no text."""

from pathlib import Path

import pandas as pd
import pytest

from pql.finder import reading, table_files
from pql.finder.reading import TableRequest, find_in_table, read_table
from pql.finder.table_files import TableInvalid

ROWS = 200
OUTCOME = [number % 3 == 0 for number in range(ROWS)]
REQUEST = TableRequest("converted")


def saved(path: Path, **columns: list[object]) -> Path:
    frame = pd.DataFrame({"converted": OUTCOME, **columns})
    if path.suffix == ".parquet":
        frame.to_parquet(path)
    else:
        frame.to_csv(path, index=False)
    return path


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz", "a.parquet"])
def test_a_table_of_too_many_cells_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(table_files, "MOST_CELLS", 2 * ROWS - 1)
    with pytest.raises(
        TableInvalid, match=r"more than 399 cells \(2 columns\).*sample of the rows"
    ):
        read_table(saved(tmp_path / name, visits=[*range(ROWS)]), REQUEST)


def test_a_table_of_just_so_many_cells_is_searched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table_files, "MOST_CELLS", 2 * ROWS)
    table, _ = read_table(saved(tmp_path / "a.csv", visits=[*range(ROWS)]), REQUEST)
    assert len(table) == ROWS


def test_words_that_make_too_many_columns_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MOST_COLUMNS", 4)
    words: list[object] = [f"word {number % 5}" for number in range(ROWS)]
    with pytest.raises(TableInvalid, match="more to search than 4 columns"):
        read_table(saved(tmp_path / "a.csv", source=words), REQUEST)


def test_bytes_are_searched_as_they_are_written(tmp_path: Path) -> None:
    cells: list[object] = [b"\xff\x00" if number % 2 else b"x" for number in range(ROWS)]
    table, _ = read_table(saved(tmp_path / "a.parquet", raw=cells), REQUEST)
    assert [column.name for column in table.columns] == [r"raw is b'\xff\x00'", "raw is b'x'"]


def test_a_year_alone_is_a_time(tmp_path: Path) -> None:
    years: list[object] = [2020 + number % 4 for number in range(ROWS)]
    request = TableRequest("converted", time="began")
    answer = find_in_table(saved(tmp_path / "a.csv", began=years, x=[*range(ROWS)]), request)
    assert answer.finding.searched is not None

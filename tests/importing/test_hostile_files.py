"""Files made to fill the memory, and values that Python has not."""

import gzip
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pql.delimited import rows
from pql.delimited.lines import UnreadableText
from usage_ingest.importers import lines, open_file, parquet_rows, running
from usage_ingest.importers.files import open_rows
from usage_ingest.importers.open_file import NumberedRow, UnreadableFile

MANY = open_file.MOST_COLUMNS + 1
WIDE = ",".join(f"c{number}" for number in range(MANY))


def rows_of(path: Path) -> list[NumberedRow]:
    with open_rows(path) as file:
        return list(file.rows)


def too_wide(path: Path) -> Path:
    """A table with one column too many."""
    match path.suffix:
        case ".csv":
            path.write_text(f"{WIDE}\n{WIDE}\n")
        case ".jsonl":
            path.write_text("{" + ",".join(f'"c{number}":1' for number in range(MANY)) + "}\n")
        case _:
            pq.write_table(pa.table({f"c{number}": [1] for number in range(MANY)}), path)
    return path


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.parquet"])
def test_a_table_of_very_many_columns_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UnreadableFile, match=r"5,001 columns; at most 5,000"):
        rows_of(too_wide(tmp_path / name))


@pytest.mark.parametrize(
    ("name", "begin"),
    [("a.csv.gz", b"account_id,note\n"), ("a.csv.gz", b'a,b\n"'), ("a.jsonl.gz", b'{"a": "')],
)
def test_a_packed_file_that_unpacks_to_one_endless_row_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, begin: bytes
) -> None:
    monkeypatch.setattr(lines if ".jsonl" in name else rows, "LARGEST_ROW", 1_000_000)
    path = tmp_path / name
    path.write_bytes(gzip.compress(begin + b"x" * 2_000_000))
    with pytest.raises(UnreadableFile, match="a row is longer than"):
        rows_of(path)


def test_an_open_quotation_mark_does_not_read_all_lines_into_one_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "LARGEST_ROW", 1_000)
    path = tmp_path / "a.csv"
    path.write_text('a,b\n1,2\n3,"4\n' + "5,6\n" * 1_000)
    with open_rows(path) as file:
        assert next(file.rows).cells == {"a": "1", "b": "2"}
        with pytest.raises(UnreadableText, match="quotation mark missing"):
            next(file.rows)


def test_a_json_line_nested_too_deeply_is_rejected_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"a": ' + "[" * 5_000 + "]" * 5_000 + '}\n{"a": 1}\n')
    deep, good = rows_of(path)
    assert deep.problem is not None
    assert deep.problem.reason == "nested too deeply"
    assert good.cells == {"a": 1}


def test_a_parquet_value_that_python_has_not_is_its_rows_problem_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    moments = pa.array([0, 2**62, 1_000_000], pa.timestamp("us"))
    pq.write_table(pa.table({"at": moments, "x": [1, 2, 3]}), path)
    first, unreadable, last = rows_of(path)
    assert [first.cells["x"], last.cells["x"]] == [1, 3]
    assert [first.number, unreadable.number, last.number] == [1, 2, 3]
    assert unreadable.problem is not None
    assert unreadable.problem.column == "at"


def test_a_parquet_column_that_unpacks_to_too_much_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet_rows, "LARGEST_COLUMN", 1_000_000)
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"note": ["x" * 2_000_000]}), path, compression="zstd")
    assert path.stat().st_size < 10_000
    with pytest.raises(UnreadableFile, match="smaller row groups"):
        rows_of(path)


def test_fewer_rows_are_taken_at_once_where_they_are_large(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(running, "LARGEST_CHUNK", 1_000)
    rows = iter([NumberedRow(number, {}, size=400) for number in range(7)])
    taken = []
    while chunk := running.next_chunk(rows):
        taken.append(len(chunk))
    assert taken == [3, 3, 1]


def test_a_damaged_packed_file_is_told_as_one(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    packed = bytearray(gzip.compress(b"a,b\n" + b"1,2\n" * 1_000))
    packed[30:40] = b"0123456789"
    path.write_bytes(packed)
    with pytest.raises(UnreadableFile, match=r"a\.csv\.gz"):
        rows_of(path)

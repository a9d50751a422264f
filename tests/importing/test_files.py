"""CSV, JSON Lines and Parquet: the same rows, whatever the file."""

import gzip
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pql.tables import csv_lines
from usage_ingest.importers.files import open_rows
from usage_ingest.importers.open_file import NumberedRow, UnreadableFile

CSV = 'account_id,note\na1,"two\nlines"\na2,NA\n'
JSON_LINES = '{"account_id": "a1", "note": "two\\nlines"}\n\n{"account_id": "a2", "note": "NA"}\n'


def rows_of(path: Path) -> list[NumberedRow]:
    with open_rows(path) as file:
        return list(file.rows)


def written(path: Path, content: str) -> Path:
    """The content in a file, packed where its name says so."""
    packed = gzip.compress(content.encode()) if path.suffix == ".gz" else content.encode()
    path.write_bytes(packed)
    return path


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.csv", CSV), ("a.csv.gz", CSV), ("a.jsonl", JSON_LINES), ("a.ndjson.gz", JSON_LINES)],
)
def test_text_files_give_their_rows(tmp_path: Path, name: str, content: str) -> None:
    path = written(tmp_path / name, content)
    with open_rows(path) as file:
        assert file.columns == ("account_id", "note")
        assert [row.cells for row in file.rows] == [
            {"account_id": "a1", "note": "two\nlines"},
            {"account_id": "a2", "note": "NA"},
        ]
        assert file.position() == file.size == path.stat().st_size


def test_parquet_gives_its_rows(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"account_id": ["a1", "a2"], "minutes": [0.5, None]}), path)
    assert [row.cells for row in rows_of(path)] == [
        {"account_id": "a1", "minutes": 0.5},
        {"account_id": "a2", "minutes": None},
    ]


def test_the_header_of_a_csv_file_is_row_1(tmp_path: Path) -> None:
    assert [row.number for row in rows_of(written(tmp_path / "a.csv", CSV))] == [2, 3]


def test_the_number_of_a_json_line_is_its_line(tmp_path: Path) -> None:
    assert [row.number for row in rows_of(written(tmp_path / "a.jsonl", JSON_LINES))] == [1, 3]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.csv", "a,b\n1\n2,3\n", "too few cells"),
        ("a.csv", "a,b\n1,2,3\n2,3\n", "too many cells"),
        ("a.jsonl", '{"a": \n{"a": 2, "b": 3}\n', "not a JSON object"),
        ("a.jsonl", '[1]\n{"a": 2, "b": 3}\n', "not a JSON object"),
    ],
)
def test_a_broken_row_does_not_stop_those_behind_it(
    tmp_path: Path, name: str, content: str, reason: str
) -> None:
    broken, whole = rows_of(written(tmp_path / name, content))
    assert broken.problem is not None
    assert broken.problem.reason.startswith(reason)
    assert whole.problem is None


def test_bytes_that_are_not_utf_8_stay_in_their_row(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("a\n\u00e5\u00e4\n".encode() + b"\xff\nb\n")
    assert [row.cells["a"] for row in rows_of(path)] == ["\u00e5\u00e4", "\udcff", "b"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.xlsx", b"PK"),
        ("a.csv", b""),
        ("a.jsonl", b""),
        ("a.parquet", b"no parquet"),
        ("a.csv.gz", b"no gzip"),
    ],
)
def test_a_file_that_cannot_be_read_says_so(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(UnreadableFile, match=name):
        rows_of(path)


@given(st.lists(st.text(alphabet="=+-@'\t\r\nab", min_size=1), min_size=2, max_size=2))
def test_a_cell_that_was_written_harmless_is_read_as_it_was(cells: list[str]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "rows.csv"
        path.write_text("".join(csv_lines(("one", "two"), [cells])), newline="")
        with open_rows(path) as file:
            (row,) = file.rows
    assert row.cells == {"one": cells[0], "two": cells[1]}

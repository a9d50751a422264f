"""Which files are read, how they are unpacked, and what a damaged or hostile one does."""

import gzip
import io
import zipfile
from pathlib import Path

import msgspec
import pyarrow as pa
import pytest

from tests.importing.conftest import Installation
from tests.importing.exports.packing import archive, parquet, rows, sample
from usage_ingest.importers import lines, running
from usage_ingest.importers.exports import archives
from usage_ingest.importers.exports.files import ExportFiles
from usage_ingest.importers.exports.found import find_files
from usage_ingest.importers.open_file import NumberedRow, UnreadableFile

EXPECTED = [row["uuid"] for row in rows("posthog")]


def read(*paths: Path) -> tuple[list[NumberedRow], list[str]]:
    """The rows of files, and which could not be read to their end."""
    files = ExportFiles(paths)
    found = list(files.rows())
    assert files.position() == files.size
    return found, files.unreadable


def text(row: NumberedRow, name: str) -> str:
    cell = row.cells[name]
    assert isinstance(cell, msgspec.Raw)
    return str(msgspec.json.decode(cell))


def zipped(**contents: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as written:
        for name, content in contents.items():
            written.writestr(name.replace("_", "."), content)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("plain.jsonl", sample("posthog")),
        ("from-an-editor.jsonl", b"\xef\xbb\xbf" + sample("posthog").replace(b"\n", b"\r\n")),
        ("unpacked-by-the-browser.gz", sample("posthog")),
        ("packed", gzip.compress(sample("posthog"))),
        (
            "two-members.gz",
            2 * b"".join([gzip.compress(b""), gzip.compress(b"\n")])
            + gzip.compress(sample("posthog")),
        ),
        ("packed.parquet.zst", parquet("posthog")),
        ("archive.zip", archive("posthog")),
    ],
)
def test_what_a_file_begins_with_says_how_it_is_packed(
    tmp_path: Path, name: str, content: bytes
) -> None:
    (tmp_path / name).write_bytes(content)
    found, unreadable = read(tmp_path / name)
    assert [text(row, "uuid") for row in found] == EXPECTED
    assert unreadable == []
    assert all(row.file.startswith(str(tmp_path / name)) for row in found)


@pytest.mark.parametrize(("kind", "name"), [("brotli", "a.jsonl.br"), ("zstd", "a.jsonl.zst")])
def test_other_ways_to_pack(tmp_path: Path, kind: str, name: str) -> None:
    with pa.OSFile(str(tmp_path / name), "wb") as raw, pa.CompressedOutputStream(raw, kind) as out:
        out.write(sample("posthog"))
    found, _ = read(tmp_path / name)
    assert [text(row, "uuid") for row in found] == EXPECTED


def test_folders_patterns_and_files_are_read_once_in_a_natural_order(tmp_path: Path) -> None:
    names = ("day_9.json.gz", "day_10.json.gz", "deeper/a.parquet", "notes.md")
    hidden = (".DS_Store", "_SUCCESS", "manifest.json")
    (tmp_path / "deeper").mkdir()
    for name in (*names, *hidden):
        (tmp_path / name).touch()
    found = find_files([str(tmp_path), str(tmp_path / "day_*.gz"), str(tmp_path / "notes.md")])
    assert [path.name for path in found.files] == [
        *("day_9.json.gz", "day_10.json.gz", "a.parquet", "notes.md")
    ]
    assert {path.name for path in found.left_out} == {"notes.md", *hidden}


def test_a_name_that_leads_nowhere_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="no pattern that matches one"):
        find_files([str(tmp_path / "*.zip")])
    with pytest.raises(UnreadableFile, match="no file in it that may be an export"):
        find_files([str(tmp_path)])


def test_a_damaged_file_is_told_and_the_others_are_read(tmp_path: Path) -> None:
    good = gzip.compress(sample("posthog"))
    contents = {
        "a.gz": good[: len(good) // 2],
        "b.zip": b"PK\x03\x04 and no more",
        "c.parquet": b"PAR1 and no more",
        "d.gz": good,
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    found, unreadable = read(*(tmp_path / name for name in contents))
    assert [text(row, "uuid") for row in found[-len(EXPECTED) :]] == EXPECTED
    assert [Path(each.partition(":")[0]).name for each in unreadable] == [
        "a.gz",
        "b.zip",
        "c.parquet",
    ]


def test_an_encrypted_member_is_told(tmp_path: Path) -> None:
    content = bytearray(zipped(a_json=b"{}\n"))
    content[6] |= 1
    content[content.rindex(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "a.zip").write_bytes(content)
    found, (problem,) = read(tmp_path / "a.zip")
    assert found == []
    assert "encrypted" in problem


def test_a_packed_endless_row_ends_its_file_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "LARGEST_ROW", 1_000_000)
    bomb = gzip.compress(b'{"a": "' + b"x" * 2_000_000)
    (tmp_path / "a.zip").write_bytes(zipped(a_gz=bomb))
    (tmp_path / "b.jsonl").write_bytes(sample("posthog"))
    found, (problem,) = read(tmp_path / "a.zip", tmp_path / "b.jsonl")
    assert len(found) == len(EXPECTED)
    assert "a.gz: a row is longer than" in problem


def test_a_very_long_list_of_files_in_an_archive_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "LARGEST_DIRECTORY", 1_000)
    (tmp_path / "a.zip").write_bytes(zipped(**{f"a{number}_json": b"" for number in range(100)}))
    found, (problem,) = read(tmp_path / "a.zip")
    assert found == []
    assert "Unpack it, and import the folder" in problem


def test_lines_that_are_no_objects_are_rejected_with_their_file_and_number(
    here: Installation,
) -> None:
    path = here.folder / "export.txt"
    deep = b'{"event": ' + b"[" * 5_000 + b"]" * 5_000 + b"}\n"
    halved = b'{"event": "\\ud800"}\n'
    path.write_bytes(sample("mixpanel") + b"terminated early\n" + deep + halved)
    done = here.import_export("mixpanel", path)
    assert (done.imported, done.rejected) == (6, 3)
    header, early, nested, half = here.rejected.read_text().splitlines()
    assert header == "file,row,column,reason,found,allowed"
    assert early.startswith(f'{path},7,,wrong_type,terminated early,"one JSON object a line')
    assert nested.startswith(f"{path},8,,nested_too_deeply")
    assert half.startswith(f"{path},9,,lone_surrogate")


def test_an_interrupted_import_goes_on_where_it_was(
    here: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "ROWS_IN_A_CHUNK", 2)
    paths = [here.folder / "a.zip", here.folder / "b.zip"]
    for path in paths:
        path.write_bytes(archive("amplitude"))
    first = here.begin_export("amplitude", *paths)
    assert (next(first).imported, next(first).imported) == (2, 4)
    first.close()
    here.load()
    done = here.import_export("amplitude", *paths)
    assert (done.imported, done.already_there) == (1, 9)
    here.load()
    assert here.stored() == len(rows("amplitude"))

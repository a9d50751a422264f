"""What becomes of the rows of a file as people have it, before any store is asked."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pql.definitions.grammar import STATUSES
from pql.delimited.formats import FileFormat
from tests.importing.conftest import NOW
from usage_ingest.canonical import CanonicalEvent
from usage_ingest.importers.files import open_rows
from usage_ingest.importers.mapping_files import read_row_mapping
from usage_ingest.importers.message_ids import counting_occurrences
from usage_ingest.importers.open_file import UnreadableFile
from usage_ingest.importers.previews import Preview, preview_file
from usage_ingest.importers.recognising import Recognised, UnclearColumns, recognise_file
from usage_ingest.importers.rejections import rejecting_to
from usage_ingest.importers.rows import Context
from usage_ingest.importers.running import next_chunk, translated

EVENTS = "events: {account: id, event: {value: lesson}, time: at, properties: {n: n}}"
LEADS = "leads: {email: mail}"
OUTCOMES = "outcomes: {account: id, becomes: paying, time: paid}"


@dataclass(frozen=True)
class Read:
    """What a file was taken for. `rows` are the events of each row that can be used."""

    recognised: Recognised
    rows: list[list[CanonicalEvent]]
    rejected: str

    @property
    def values(self) -> list[object]:
        """The property or trait `n` of each row."""
        return [(row[0].properties | row[0].traits).get("n") for row in self.rows]

    @property
    def times(self) -> list[datetime]:
        """When the event of each row was."""
        return [row[0].occurred_at for row in self.rows]


Reader = Callable[..., Read]


@pytest.fixture
def read(tmp_path: Path) -> Reader:
    """A function that reads a file with this content, or the file at a path."""

    def read_content(
        content: str | bytes | Path,
        mapping: str,
        name: str = "rows.csv",
        given: FileFormat | None = None,
    ) -> Read:
        path, rejected = saved(content, tmp_path / name), tmp_path / "rejected.csv"
        kind = mapping.partition(":")[0]
        said = read_row_mapping(mapping, "mapping.yaml", kind)
        recognised = recognise_file(path, said, given or FileFormat())
        context = context_of(recognised)
        with (
            open_rows(path, context.mapping.formats.file) as file,
            rejecting_to(rejected) as rejections,
            counting_occurrences() as seen,
        ):
            rows = list(translated(next_chunk(file.rows), context, rejections, seen))
        told = rejected.read_text() if rejected.exists() else ""
        return Read(recognised, [row.events for row in rows], told)

    return read_content


def saved(content: str | bytes | Path, path: Path) -> Path:
    if isinstance(content, Path):
        return content
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def context_of(recognised: Recognised) -> Context:
    return Context(recognised.require_clear(), NOW, {status: status for status in STATUSES})


@pytest.mark.parametrize("name", ["rows.csv", "rows.jsonl", "rows.parquet"])
def test_dates_and_numbers_are_decided_over_all_rows_of_every_kind_of_file(
    read: Reader, tmp_path: Path, name: str
) -> None:
    dates = ["1/2/2026"] * 3 + ["1/31/2026"]
    numbers = ["1,234", "1,5", "2", "-"]
    if name == "rows.csv":
        rows = "".join(f'a;{at};"{n}"\n' for at, n in zip(dates, numbers, strict=True))
        done = read(f"id;at;n\n{rows}", EVENTS, name)
    elif name == "rows.jsonl":
        lines = [
            f'{{"id": "a", "at": "{at}", "n": "{n}"}}' for at, n in zip(dates, numbers, strict=True)
        ]
        done = read("\n".join(lines), EVENTS, name)
    else:
        table = pa.table({"id": ["a"] * 4, "at": dates, "n": numbers})
        pq.write_table(table, tmp_path / name)
        done = read(tmp_path / name, EVENTS, name)
    assert done.times == [datetime(2026, 1, 2, tzinfo=UTC)] * 3 + [
        datetime(2026, 1, 31, tzinfo=UTC)
    ]
    assert done.values == [1.234, 1.5, 2, None]
    assert "at: month first, as in 1/31/2026" in done.recognised.told


def test_columns_of_one_name_are_refused(read: Reader, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"columns of one name: employees \(2 and 3\)"):
        read("account_id,employees,employees\n1,2,3\n", "accounts: {id: account_id}")
    twice = pa.Table.from_arrays([pa.array(["a"]), pa.array(["b"])], names=["id", "id"])
    pq.write_table(twice, tmp_path / "twice.parquet")
    with pytest.raises(UnreadableFile, match=r"columns of one name: id \(1 and 2\)"):
        read(tmp_path / "twice.parquet", "accounts: {id: id}")


def test_dates_that_may_be_two_days_are_refused_until_somebody_says_it(read: Reader) -> None:
    rows = "id,at,n\na,5/1/2026,1\n"
    with pytest.raises(UnclearColumns, match="at: 5/1/2026 may be 5 January or 1 May"):
        read(rows, EVENTS)
    day_first = read(rows, EVENTS.replace("time: at", "time: at, time_format: day_first"))
    assert day_first.times == [datetime(2026, 1, 5, tzinfo=UTC)]
    with pytest.raises(UnclearColumns):
        read(rows.replace("5/1/2026,1", "5/1/2026,1\nb,1/20/2026,1\nc,20/1/2026,1"), EVENTS)


def test_what_a_command_says_comes_before_the_mapping(read: Reader) -> None:
    mapping = EVENTS.replace("time: at", "time: at, time_format: month_first, delimiter: tab")
    given = FileFormat(time_format="day_first", delimiter=";")
    assert read("id;at;n\na;5/1/2026;1\n", mapping, given=given).times == [
        datetime(2026, 1, 5, tzinfo=UTC)
    ]


def test_numbers_that_may_be_two_are_refused_until_somebody_says_it(read: Reader) -> None:
    rows = "id;at;n\na;2026-01-05;1.234\n"
    with pytest.raises(UnclearColumns, match=r"n: 1\.234 may be 1234 or 1\.234"):
        read(rows, EVENTS)
    said = EVENTS.replace("time: at", "time: at, decimal: comma")
    assert read(rows, said).values == [1234]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "cp1252", "utf-16-le"])
def test_a_spreadsheet_of_another_country_is_read_and_told(read: Reader, encoding: str) -> None:
    text = 'id;at;n;note\r\nSør;20.01.2026;1.234,50;"two\r\nlines"\r\nÅse;1.2.2026;;\r\n'
    done = read(text.encode(encoding), EVENTS)
    assert [row[0].account_key for row in done.rows] == ["Sør", "Åse"]
    assert done.times == [datetime(2026, 1, 20, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)]
    assert done.values == [1234.5, None]
    layout, day, number = done.recognised.told
    assert layout.endswith("cells separated by semicolon")
    assert day == "at: day first, as in 20.01.2026"
    assert number == "n: comma before decimals, point between thousands, as in 1.234,50"


def test_a_word_that_may_mean_nothing_is_kept_among_texts_and_told(read: Reader) -> None:
    done = read("id,at,n\na,2026-01-05,NA\nb,2026-01-05,NO\nc,2026-01-05,\n", EVENTS)
    assert done.values == ["NA", "NO", None]
    assert "n: NA is kept as text; list it under missing where it is none" in done.recognised.told


def test_a_word_that_means_nothing_names_no_account(read: Reader) -> None:
    done = read("id,at,n\nNULL,2026-01-05,1\n", EVENTS)
    assert done.rows == []
    assert "2,account,missing" in done.rejected


def test_rows_of_a_wide_file_without_an_outcome_are_no_mistakes(read: Reader) -> None:
    rows = [f"t{number},{'2026-01-20' if number < 206 else ''}" for number in range(966)]
    done = read("id,paid\n" + "\n".join(rows), OUTCOMES)
    assert (len(done.rows), sum(map(bool, done.rows)), done.rejected) == (966, 206, "")


def test_only_a_status_that_needs_a_time_is_a_mistake_without_one(read: Reader) -> None:
    rows = "id,state,paid\n1,trial,\n2,,\n3,paying,\n4,paying,NULL\n5,paying,2026-01-20\n"
    done = read(rows, OUTCOMES.replace("paying", "state"))
    assert [len(row) for row in done.rows] == [0, 0, 1]
    assert done.rejected.count("paid,missing") == 2


def test_addresses_are_taken_out_of_what_stands_around_them_and_others_rejected(
    read: Reader,
) -> None:
    done = read("mail\nnot-an-email\nCarl <Carl@example.com>\nNULL\n", LEADS)
    assert [row[0].user_id for row in done.rows] == ["carl@example.com"]
    assert "2,mail,not an e-mail address,not-an-email" in done.rejected
    assert "4,email,missing" in done.rejected


def test_a_preview_shows_rows_as_they_were_understood_and_what_would_be_rejected(
    tmp_path: Path,
) -> None:
    rows = "id;at;n\na;20.01.2026;1.234,50\nb;someday;2\n;21.01.2026;3\n"
    path = saved(rows, tmp_path / "rows.csv")
    recognised = recognise_file(path, read_row_mapping(EVENTS, "m", "events"), FileFormat())
    shown: Preview = preview_file(path, context_of(recognised))
    assert [(each.name, each.column, each.read_as) for each in shown.fields] == [
        ("account", "id", "text"),
        ("event", None, "text"),
        ("time", "at", "time"),
        ("n", "n", "number"),
    ]
    assert shown.rows[0].values == {
        "account": "a",
        "event": "lesson",
        "time": "2026-01-20T00:00:00+00:00",
        "n": 1234.5,
    }
    assert shown.rows[1].values["time"] is None
    assert (shown.looked_at, shown.would_go_in, shown.rejected) == (3, 1, 2)
    assert [(each.row, each.column, each.reason) for each in shown.rejections] == [
        (3, "at", "not a time"),
        (4, "account", "missing"),
    ]

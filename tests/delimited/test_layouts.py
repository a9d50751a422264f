"""Encoding and delimiter of a file, as spreadsheets and programs of any country write them."""

import io

import pytest

from pql.delimited.encodings import recognise_encoding
from pql.delimited.formats import FileFormat, FormatInvalid, read_format
from pql.delimited.layouts import Layout, recognise_delimiter, recognise_layout
from pql.delimited.lines import UnreadableText
from pql.delimited.rows import ColumnsRepeated, DelimitedRows, RowFault, as_text, read_header

TEXTS = {
    "utf-8": "nimi;kaupunki\nJärvinen;Jyväskylä\n",
    "cp1252": "navn;by\nBjørn Ødegård;Tromsø\nJärvinen;Hämeenlinna\n",
    "cp1250": "nazwa;miasto\nWałęsa;Gdańsk\nZażółć;Łódź\n",
    "iso8859_2": "nazwa;miasto\nKraśko;Gdańsk\nZażółć;Łódź\nMąka;Wąwóz\n",
}

OTHER_LETTERS = {
    "cp1251": "\u041f\u0440\u0438\u0432\u0435\u0442 \u043c\u0438\u0440",
    "shift_jis": "\u58f2\u4e0a\u30c7\u30fc\u30bf",
    "iso8859_7": "\u039a\u03b1\u03bb\u03b7\u03bc\u03ad\u03c1\u03b1",
}


def encoding_of(content: bytes) -> str:
    return recognise_encoding(io.BytesIO(content))


def layout_of(content: bytes, given: FileFormat | None = None) -> Layout:
    return recognise_layout(io.BytesIO(content), given or FileFormat())


def rows_of(content: bytes) -> list[tuple[int, list[str], RowFault | None]]:
    layout = layout_of(content)
    return list(DelimitedRows(as_text(io.BytesIO(content), layout), layout))


@pytest.mark.parametrize("encoding", TEXTS)
def test_the_encoding_is_recognised_by_its_letters(encoding: str) -> None:
    assert encoding_of(TEXTS[encoding].encode(encoding)) == encoding


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_unicode_is_recognised_by_its_mark_or_its_zeros(encoding: str) -> None:
    content = "a;b\n1;Bjørn\n".encode(encoding)
    layout = layout_of(content)
    assert layout.encoding == encoding
    text = as_text(io.BytesIO(content), layout)
    rows = DelimitedRows(text, layout)
    assert rows.header == ("a", "b")
    assert [cells for _, cells, _ in rows] == [["1", "Bjørn"]]


@pytest.mark.parametrize(
    "text", ["¿Qué pasó?", "Preis 5 £ pro m²", "Acme® don\u2019t \u2013 \u201cno\u201d", "5 °C"]
)
def test_signs_of_western_texts_are_not_taken_for_letters_of_others(text: str) -> None:
    assert encoding_of(f"a;b\n{text};1\n".encode("cp1252")) == "cp1252"


def test_the_encoding_is_decided_over_the_whole_file() -> None:
    assert encoding_of(b"a\n" * 2_000_000 + "Järvinen\n".encode("cp1252")) == "cp1252"


def test_a_damaged_byte_among_letters_of_utf_8_does_not_change_the_encoding() -> None:
    assert encoding_of("Järvinen;Jyväskylä\n".encode() + b"\xff\n") == "utf-8"


@pytest.mark.parametrize("encoding", OTHER_LETTERS)
def test_letters_that_are_not_latin_are_asked_for(encoding: str) -> None:
    text = {"cp1251": "Привет мир", "shift_jis": "売上データ", "iso8859_7": "Καλημέρα κόσμε"}[
        encoding
    ]
    with pytest.raises(UnreadableText, match="--encoding"):
        encoding_of(f"a;b\n{text};1\n".encode(encoding))
    assert layout_of(text.encode(encoding), FileFormat(encoding=encoding)).encoding == encoding


@pytest.mark.parametrize(
    ("head", "delimiter"),
    [
        ("a,b\n1,2\n", ","),
        ("a;b\n1,5;2,5\n3,25;4,75\n", ";"),
        ("Revenue, EUR;b\n1,5;2\n", ";"),
        ("a\tb\n1,5\t2;3\n", "\t"),
        ("a|b\n1|2\n", "|"),
        ("alone\n1\n2\n", ","),
        ('a,b\n"x;y\nz",2\n"1;2;3",4\n', ","),
        ("name,note\nx,a;b\ny,c;d\n", ","),
        ("a;b\n", ";"),
    ],
)
def test_the_delimiter_is_the_one_that_divides_every_row_alike(head: str, delimiter: str) -> None:
    assert recognise_delimiter(head) == delimiter


def test_excels_line_before_the_header_is_taken_at_its_word() -> None:
    layout = layout_of(b"sep=;\r\na;b\r\n1;2\r\n")
    assert (layout.delimiter, layout.lines_before) == (";", 1)
    assert rows_of(b"sep=;\r\na;b\r\n1;2\r\n") == [(3, ["1", "2"], None)]


def test_what_was_understood_is_said_in_words() -> None:
    content = "a\tb\nBjørn\t1\n".encode("cp1252")
    assert (
        layout_of(content).sentence() == "Windows-1252 (Western European), cells separated by tab"
    )


def test_cells_may_hold_line_breaks_and_rows_delimiters_at_their_end() -> None:
    rows = rows_of(b'a;b\n"1\n2";3;;\n4;5\n6;7;8\n9\n')
    assert rows[:2] == [(2, ["1\n2", "3"], None), (3, ["4", "5"], None)]
    assert [fault and fault.reason for _, _, fault in rows[2:]] == [
        "too many cells",
        "too few cells",
    ]


def test_columns_of_one_name_are_refused_and_those_without_one_are_numbered() -> None:
    with pytest.raises(ColumnsRepeated, match=r"employees \(2 and 3\)"):
        read_header(["account_id", "employees", " employees "])
    assert read_header(["", "a", ""]) == ("column 1", "a", "column 3")


@pytest.mark.parametrize(
    ("field", "value", "allowed"),
    [
        ("delimiter", "ab", "one character"),
        ("delimiter", '"', "one character"),
        ("encoding", "klingon", "utf-16"),
        ("encoding", "base64", "utf-16"),
        ("decimal", "x", "point or comma"),
        ("thousands", "x", "apostrophe"),
        ("time_format", "%H:%M", "day_first"),
        ("time_format", "dd.mm.yyyy", "day_first"),
    ],
)
def test_what_cannot_be_said_of_a_file_is_refused(field: str, value: str, allowed: str) -> None:
    with pytest.raises(FormatInvalid, match=allowed):
        read_format({field: value})


def test_signs_may_be_said_by_name_and_must_differ() -> None:
    said = read_format({"delimiter": "tab", "decimal": "comma", "thousands": "space"})
    assert said == FileFormat(delimiter="\t", decimal=",", thousands=" ")
    with pytest.raises(FormatInvalid, match="another sign"):
        read_format({"decimal": ",", "thousands": "comma"})

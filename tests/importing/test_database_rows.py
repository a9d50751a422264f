"""Rows of a query in somebody else's database: a stream, read only, and no secret told."""

import sqlite3
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy.engine import make_url

from usage_ingest.importers import database_rows
from usage_ingest.importers.database_rows import UnreadableDatabase, open_query

ROWS = 2_500


@pytest.fixture
def product(tmp_path: Path) -> str:
    """The address of a product's own database (simulated)."""
    path = tmp_path / "product.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE did (who TEXT, what TEXT, at TEXT)")
        rows = ((f"a{number}", "lesson", "2026-02-01") for number in range(ROWS))
        connection.executemany("INSERT INTO did VALUES (?, ?, ?)", rows)
    connection.close()
    return f"sqlite:///{path}"


def told(address: str, query: str = "SELECT 1 AS one") -> str:
    """What is told of a database that cannot be read."""
    with pytest.raises(UnreadableDatabase) as caught, open_query(address, query) as rows:
        list(rows.rows)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_the_rows_of_a_query_are_those_of_a_file(product: str) -> None:
    query = "SELECT who, at FROM did WHERE what LIKE 'less%' ORDER BY rowid"
    with open_query(product, query) as file:
        rows = list(file.rows)
    assert file.columns == ("who", "at")
    assert [row.number for row in rows] == list(range(1, ROWS + 1))
    assert rows[-1].cells == {"who": f"a{ROWS - 1}", "at": "2026-02-01"}


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("DELETE FROM did", "attempt to write a readonly database"),
        ("SELECT * FROM nowhere", "no such table: nowhere"),
        ("PRAGMA query_only = ON", "the query gives no rows"),
        ("SELECT 1 AS a, 2 AS a", "several columns called a; name each once, with AS"),
    ],
)
def test_a_query_that_cannot_be_used_is_told_in_a_line(
    product: str, query: str, words: str
) -> None:
    assert words in told(product, query)
    with open_query(product, "SELECT count(*) AS n FROM did") as file:
        assert next(file.rows).cells == {"n": ROWS}


def test_no_secret_of_an_address_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    secret = "p@ss/w:rd"
    url = make_url("postgresql+psycopg://ada@127.0.0.1:1/product").set(password=secret)
    address = url.update_query_dict({"sslpassword": "other-secret"})

    def repeat(*_: object, **__: object) -> None:
        raise psycopg.OperationalError(f"{secret} {address.render_as_string(False)}\nand more")

    monkeypatch.setattr(psycopg, "connect", repeat)
    words = told(address.render_as_string(hide_password=False))
    assert words.startswith("the database 127.0.0.1/product: ***")
    assert not [each for each in (secret, "p%40ss", "other-secret") if each in words]


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("secret", "is none that SQLAlchemy reads"),
        ("postgresql://ada:secret@host:port/x", "is none that SQLAlchemy reads"),
        ("nothing://ada:secret@host/x", "no driver for nothing is installed beside pql"),
        ("mysql+pymysql://ada:secret@host/x", "the driver for mysql+pymysql is not installed"),
        ("sqlite:////nowhere/product.db", "/nowhere/product.db: no such file"),
        ("postgresql+psycopg://ada:secret@127.0.0.1:1/x", "Connection refused"),
    ],
)
def test_a_database_that_cannot_be_reached_is_told_in_a_line(address: str, words: str) -> None:
    said = told(address)
    assert words in said
    assert "secret" not in said


def test_numbers_and_bytes_are_plain() -> None:
    plain: Callable[[Any], Any] = database_rows._plain
    numbers = ["12", "12.000", "12.5", "12345678901234567890", "NaN"]
    assert [plain(Decimal(number)) for number in numbers] == [
        *(12, 12, 12.5, 12345678901234567890, None)
    ]
    assert plain(memoryview(b"raw")) == b"raw"


def test_postgresql_gives_a_stream_and_takes_nothing(postgres_url: str) -> None:
    series = "SELECT n, n * 1.5 AS half FROM generate_series(1, 3000) AS n WHERE 'a%' LIKE 'a%'"
    with open_query(postgres_url, series) as file:
        assert next(file.rows).cells == {"n": 1, "half": 1.5}
        assert sum(1 for _ in file.rows) == 2999
    assert "syntax error" in told(postgres_url, "CREATE TABLE written AS SELECT 1 AS n")
    with psycopg.connect(postgres_url.replace("+psycopg", "")) as connection:
        connection.execute("CREATE SEQUENCE counted")
    assert "read-only transaction" in told(postgres_url, "SELECT nextval('counted') AS n")

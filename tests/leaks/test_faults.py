"""What is told of an exception: its class and stack, and no value that it was about."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import duckdb
import msgspec
import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import Schema, fields
from sqlalchemy import create_engine, text
from sqlalchemy.exc import PendingRollbackError
from werkzeug.exceptions import BadRequest

from pql.events.store import EventStoreBusy
from pql.faults import report, summary
from pql.settings import Settings
from pql.state.store import create_state_engine

MARK = "m4rk3d"


def fault(raise_it: Callable[[], object]) -> BaseException:
    try:
        raise_it()
    except BaseException as error:  # noqa: BLE001 - whichever it is, it is what the test is about
        return error
    raise AssertionError("nothing was raised")


def of_sqlite(statement: str, values: tuple[object, ...] = (), prepare: str = "") -> BaseException:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(prepare)
        return fault(lambda: connection.execute(statement, values).fetchall())


def of_duckdb(statement: str, values: list[object], prepare: str = "SELECT 1") -> BaseException:
    with closing(duckdb.connect()) as connection:
        connection.execute(prepare)
        return fault(lambda: connection.execute(statement, values).fetchall())


ONE = "CREATE TABLE one (name TEXT UNIQUE NOT NULL CHECK (name <> 'x'))"
TRIGGER = "CREATE TRIGGER t BEFORE INSERT ON one BEGIN SELECT RAISE(ABORT, 'of m4rk3d'); END"


def raise_with_note() -> None:
    error = RuntimeError(MARK)
    error.add_note(MARK)
    try:
        raise KeyError(MARK)
    except KeyError as cause:
        raise error from cause


def raise_group() -> None:
    raise ExceptionGroup(MARK, [ValueError(MARK), OSError(28, MARK)])


FAULTS: dict[str, Callable[[], BaseException]] = {
    "number": lambda: fault(lambda: int(MARK)),
    "key": lambda: fault(lambda: json.loads("{}")[MARK]),
    "argument": lambda: fault(lambda: raise_group(**{MARK: 1})),
    "attribute": lambda: fault(lambda: getattr(object(), MARK)),
    "assertion": lambda: AssertionError(MARK),
    "encoding": lambda: fault(f"{MARK}\ud800".encode),
    "marshmallow": lambda: fault(lambda: Schema.from_dict({"a": fields.Int()})().load({MARK: 1})),
    "werkzeug": lambda: BadRequest(MARK),
    "disk": lambda: OSError(28, MARK),
    "group": lambda: fault(raise_group),
    "noted and caused": lambda: fault(raise_with_note),
    "rolled back": lambda: PendingRollbackError(f"Original exception was: {MARK}"),
    "sqlite text": lambda: of_sqlite("SELECT cast(? AS TEXT)", (f"{MARK}\xff".encode("latin-1"),)),
    "sqlite syntax": lambda: of_sqlite(f"SELECT {MARK}"),
    "sqlite trigger": lambda: of_sqlite("INSERT INTO one VALUES ('a')", (), f"{ONE}; {TRIGGER}"),
    "duckdb unique": lambda: of_duckdb(
        "INSERT INTO one VALUES ($1), ($1)", [MARK], "CREATE TABLE one (name TEXT UNIQUE)"
    ),
    "duckdb conversion": lambda: of_duckdb("SELECT $1::INTEGER", [MARK]),
    "duckdb binding": lambda: of_duckdb(f"SELECT {MARK}", []),
}


@pytest.mark.parametrize("name", FAULTS)
def test_no_message_is_told_that_quotes_a_value(name: str) -> None:
    error = FAULTS[name]()
    assert MARK in str(error) or MARK in repr(error), "it must be one that quotes"
    assert MARK not in summary(error) + report(error)
    assert summary(error).startswith(type(error).__qualname__)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (
            OSError(28, MARK, "/data/events.duckdb"),
            "OSError: No space left on device: /data/events.duckdb",
        ),
        (RuntimeError(f"{MARK}: No space left on device"), "RuntimeError: No space left on device"),
        (
            of_sqlite("INSERT INTO one VALUES ('x')", (), ONE),
            "IntegrityError: SQLITE_CONSTRAINT_CHECK: CHECK constraint failed: name <> 'x'",
        ),
        (EventStoreBusy("a.duckdb is in use"), "EventStoreBusy: a.duckdb is in use"),
    ],
)
def test_what_is_plain_is_told(error: BaseException, told: str) -> None:
    assert summary(error) == told


def test_the_stack_and_the_causes_are_told_by_file_line_and_function() -> None:
    told = report(fault(raise_with_note))
    assert told.index("KeyError") < told.index("which led to:") < told.index("RuntimeError")
    assert __file__ in told
    assert ", in raise_with_note" in told


def test_a_cause_that_is_its_own_cause_and_an_endless_recursion_are_told_shortly() -> None:
    def recurse() -> None:
        recurse()

    error = fault(recurse)
    error.__context__ = ValueError()
    error.__context__.__context__ = error
    assert "more" in report(error)
    assert len(report(error).splitlines()) < 100


@given(st.text(), st.lists(st.sampled_from([ValueError, KeyError, OSError, TypeError])))
def test_whatever_the_message_it_is_not_told(message: str, kinds: list[type[Exception]]) -> None:
    error: Exception = RuntimeError(f"{MARK}{message}")
    for kind in kinds:
        error, cause = kind(f"{message}{MARK}"), error
        error.__cause__ = cause
    assert MARK not in report(error)
    assert all(line.isprintable() for line in report(error).splitlines())


REFUSALS = {
    "INSERT INTO one VALUES (:value, 1)": "UniqueViolation: SQLSTATE 23505",
    "INSERT INTO one VALUES (:value || '2', NULL)": "NotNullViolation: SQLSTATE 23502",
    "INSERT INTO one VALUES (:value || '2', -1)": "CheckViolation: SQLSTATE 23514",
    "SELECT cast(:value AS integer)": "InvalidTextRepresentation: SQLSTATE 22P02",
    f"SELECT {MARK} :value": "SQLSTATE 42601",
}


def test_of_postgresql_the_state_is_told_and_no_row(postgres_url: str) -> None:
    engine = create_state_engine(postgres_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE one (a text UNIQUE, b int NOT NULL CHECK (b > 0))"))
        connection.execute(text("INSERT INTO one VALUES (:value, 1)"), {"value": MARK})
    for statement, told in REFUSALS.items():
        with engine.connect() as connection:
            error = fault(lambda: connection.execute(text(statement), {"value": MARK}))  # noqa: B023
        assert told in summary(error)
        assert MARK not in report(error)
    engine.dispose()


def test_of_a_postgresql_that_is_gone_the_reason_is_told() -> None:
    error = fault(lambda: psycopg.connect("postgresql://pql@127.0.0.1:1/pql"))
    assert "refused" in summary(error)
    engine = create_engine("postgresql+psycopg://pql@127.0.0.1:1/pql")
    assert "refused" in summary(fault(engine.connect))


def run_python(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )


UNCAUGHT = f"""
import gc, logging, threading, sys, warnings
from pql.settings import Settings
from routes.logging import set_up_logging
import structlog
set_up_logging(Settings("", "", log_format=sys.argv[1], log_level="debug"))
class Dying:
    def __del__(self): raise ValueError("{MARK}")
Dying()
def fail(): raise ValueError("{MARK}")
thread = threading.Thread(target=fail); thread.start(); thread.join()
warnings.warn("{MARK}")
library = logging.getLogger("library")
library.debug("{MARK}"); library.info("of %s", "{MARK}")
library.error("of %s", "{MARK}"); library.error("{MARK}"); library.error("%d", "{MARK}")
logging.getLogger("_granian").error("raised\\nValueError: {MARK}")
logging.getLogger("flask").error("with", exc_info=(ValueError, ValueError("{MARK}"), None))
structlog.get_logger("ours").error("ours", name="\\x1b[2J\\u202e\\nline", number=1)
secret = "{MARK}"
fail()
"""


@pytest.mark.parametrize("log_format", ["console", "json"])
def test_what_nobody_catches_and_what_libraries_say_is_told_without_values(
    log_format: str,
) -> None:
    done = run_python(UNCAUGHT.replace("sys.argv[1]", repr(log_format)))
    assert done.returncode == 1
    assert MARK not in done.stderr + done.stdout
    for told in ("ended the process", "ended a thread", "had nobody to go to", "library warns"):
        assert told in done.stderr
    assert "of %s" in done.stderr
    assert all(line.isprintable() for line in done.stderr.split("\n"))
    if log_format == "json":
        assert all(json.loads(line)["event"] for line in done.stderr.splitlines())
    else:
        assert "\\x1b[2J\\u202e\\nline" in done.stderr


def test_the_reading_process_tells_its_end_without_values(tmp_path: Path) -> None:
    url = f"postgresql+psycopg://pql:secret@host:{MARK}/pql"
    content = msgspec.msgpack.encode(Settings(url, f"duckdb:///{tmp_path}/events.duckdb"))
    done = subprocess.run(
        [sys.executable, "-m", "usage_ingest.translating.reading_process"],
        input=len(content).to_bytes(8) + content,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1
    assert b"ValueError" in done.stderr
    assert MARK.encode() not in done.stderr


def test_a_setting_that_is_no_address_is_not_quoted() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "routes.command_line", "workspace", "list"],
        env={**os.environ, "DATABASE_URL": f"postgresql+psycopg://pql:secret@host:{MARK}/pql"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert MARK not in done.stderr + done.stdout

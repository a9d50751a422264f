"""The rows that a query gives in somebody else's database: read only, as a stream.

Nothing is written there, and whatever is told of it is one line without the secrets of its address.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from decimal import Decimal
from pathlib import Path
from urllib.parse import quote, quote_plus

from sqlalchemy import Connection, CursorResult, Engine, create_engine
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from usage_ingest.importers.open_file import CELL_OVERHEAD, NumberedRow, OpenFile, UnreadableFile

ROWS_AT_ONCE = 1_000
"""That the driver has in memory."""
READ_ONLY: Mapping[str, str] = {
    "postgresql": "SET TRANSACTION READ ONLY",
    "cockroachdb": "SET TRANSACTION READ ONLY",
    "mysql": "SET TRANSACTION READ ONLY",
    "mariadb": "SET TRANSACTION READ ONLY",
    "oracle": "SET TRANSACTION READ ONLY",
    "sqlite": "PRAGMA query_only = ON",
}
"""How each kind of database is told that nothing is to be written; others cannot be."""
LONGEST_TOLD = 500
HIDDEN = "***"


class UnreadableDatabase(UnreadableFile):
    """The address is none, the database cannot be reached, or it refuses the query."""


@contextmanager
def open_query(address: str, query: str) -> Iterator[OpenFile]:
    """The rows of a query, like those of a file; what comes is read as it is asked for.

    Args:
        address: an address of SQLAlchemy's, such as postgresql+psycopg://user:password@host/name.

    Raises:
        UnreadableDatabase: see there.
    """
    url = _read_address(address)
    try:
        engine = create_engine(url, poolclass=NullPool, hide_parameters=True)
    except (ImportError, SQLAlchemyError, TypeError, ValueError) as problem:
        raise UnreadableDatabase(_told(problem, url)) from None
    with ExitStack() as opened:
        try:
            connection = opened.enter_context(_reading(engine))
            rows = _opened(_ask(connection, query), url)
        except (SQLAlchemyError, OSError) as problem:
            raise UnreadableDatabase(_told(problem, url)) from None
        yield rows  # what fails from here on may be our own store


def has_password(address: str) -> bool:
    """Whether an address of a database has a password in it.

    Raises:
        UnreadableDatabase: it is no address.
    """
    url = _read_address(address)
    return url.password is not None or bool(url.query)


def _read_address(address: str) -> URL:
    try:
        url = make_url(address.strip())
    except (ArgumentError, ValueError):  # its message quotes the address, with the password
        raise UnreadableDatabase(
            "the address of the database is none that SQLAlchemy reads; allowed: an address as in "
            "postgresql+psycopg://user:password@host/name"
        ) from None
    is_file = url.get_backend_name() == "sqlite" and not url.query
    if is_file and url.database and not Path(url.database).exists():
        raise UnreadableDatabase(f"{url.database}: no such file")
    return url


@contextmanager
def _reading(engine: Engine) -> Iterator[Connection]:
    """A connection on which nothing can be written, where the database knows how."""
    with engine.connect() as connection:
        read_only = READ_ONLY.get(connection.dialect.name)
        if read_only is not None:
            connection.exec_driver_sql(read_only)
        try:
            yield connection
        finally:
            if not connection.invalidated:
                with suppress(SQLAlchemyError, OSError):  # nothing was written
                    connection.rollback()


def _ask(connection: Connection, query: str) -> CursorResult[tuple[object, ...]]:
    streaming = connection.execution_options(
        stream_results=True,
        max_row_buffer=ROWS_AT_ONCE,
        no_parameters=True,  # so that a % in the query is one
    )
    result: CursorResult[tuple[object, ...]] = streaming.exec_driver_sql(query)
    if not result.returns_rows:
        raise UnreadableDatabase("the query gives no rows; allowed: one that selects some")
    return result


def _opened(result: CursorResult[tuple[object, ...]], url: URL) -> OpenFile:
    columns = tuple(result.keys())
    twice = sorted({name for name in columns if columns.count(name) > 1})
    if twice:
        raise UnreadableDatabase(
            f"the query gives several columns called {', '.join(twice)}; name each once, with AS"
        )
    return OpenFile(columns, _rows(result, columns, url), size=0, position=lambda: 0)


def _rows(
    result: CursorResult[tuple[object, ...]], columns: Sequence[str], url: URL
) -> Iterator[NumberedRow]:
    try:
        for number, row in enumerate(result, 1):
            cells = dict(zip(columns, map(_plain, row), strict=True))
            yield NumberedRow(number, cells, size=sum(map(_size, cells.values())))
    except (SQLAlchemyError, OSError) as problem:
        raise UnreadableDatabase(_told(problem, url)) from None


def _plain(cell: object) -> object:
    """A value as files have it."""
    if isinstance(cell, Decimal):
        if not cell.is_finite():
            return None
        return int(cell) if cell == cell.to_integral_value() else float(cell)
    return bytes(cell) if isinstance(cell, memoryview) else cell


def _size(cell: object) -> int:
    return CELL_OVERHEAD + (len(cell) if isinstance(cell, str | bytes) else 0)


def _told(problem: Exception, url: URL) -> str:
    """What went wrong, in one line and without secrets."""
    if isinstance(problem, NoSuchModuleError):
        return f"no driver for {url.drivername} is installed beside pql"
    if isinstance(problem, ModuleNotFoundError):
        return f"the driver for {url.drivername} is not installed beside pql: {problem.name}"
    cause = getattr(problem, "orig", None) or problem
    words = " ".join(str(cause).split())
    for secret in sorted(_secrets(url), key=len, reverse=True):
        words = words.replace(secret, HIDDEN)
    return f"the database {_name(url)}: {words[:LONGEST_TOLD]}"


def _name(url: URL) -> str:
    return f"{url.host or ''}/{url.database or ''}"


def _secrets(url: URL) -> set[str]:
    """The password, and whatever is set in the query of the address, however it is written."""
    values = [str(url.password or "")]
    for value in url.query.values():
        values += [value] if isinstance(value, str) else value
    written = ((value, quote(value, safe=""), quote_plus(value)) for value in values if value)
    return {each for forms in written for each in forms}

"""How DuckDB spells what SQLAlchemy Core expresses. Only compiles; the native connection runs it.

DuckDB's SQL follows PostgreSQL's, so the dialect is SQLAlchemy's one for PostgreSQL with `$1`
parameters.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Table, literal
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import CreateTable
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction

from pql.events.functions import (
    AccurateSum,
    DifferentNumbers,
    FoundProperties,
    PropertyBoolean,
    PropertyExists,
    PropertyNumber,
    PropertyText,
    WholeDays,
)
from pql.events.store import AnySelect


class DuckDBDialect(PGDialect):
    """Compiles; it has no driver and opens no connection."""

    name = "duckdb"
    supports_statement_cache = False

    def __init__(self) -> None:
        super().__init__(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]


DIALECT = DuckDBDialect()
BITS_OF_A_NUMBER = 63
"""Without its sign. More bits are kept apart, which takes longer."""


CompiledSelect = tuple[str, Sequence[object]]
"""A text and its parameters."""


def compile_select(statement: AnySelect) -> CompiledSelect:
    """The SQL text of a select and its parameters in order of their numbers."""
    compiled: Any = statement.compile(dialect=DIALECT, compile_kwargs={"render_postcompile": True})
    values = compiled.construct_params()
    return str(compiled), [values[name] for name in compiled.positiontup]


def compile_table(table: Table) -> str:
    """The statement that creates a table where it is missing."""
    return str(CreateTable(table, if_not_exists=True).compile(dialect=DIALECT))


def quote(name: str) -> str:
    """A name as an identifier."""
    return DIALECT.identifier_preparer.quote(name)


@compiles(FoundProperties, "duckdb")
def _found_properties(function: GenericFunction[Any], compiler: SQLCompiler, **options: Any) -> str:
    column, *names = function.clauses
    pointers = [literal(json_pointer(name.effective_value)) for name in names]
    listed = ", ".join(compiler.process(each, **options) for each in pointers)
    found = f"TRY(json_extract({compiler.process(column, **options)}, [{listed}]))"
    # What is random is worked out once. Anything else the optimizer may copy to where it is used,
    # and each copy parses the text, with megabytes of its own.
    return f"CASE WHEN random() >= 0 THEN {found} END"


@compiles(PropertyText, "duckdb")
def _property_text(function: GenericFunction[Any], compiler: SQLCompiler, **options: Any) -> str:
    found = _one_found(function, compiler, options)
    is_text = f"starts_with(CAST({found} AS VARCHAR), '\"')"
    return f"CASE WHEN {is_text} THEN json_extract_string({found}, '$') END"


@compiles(PropertyNumber, "duckdb")
def _property_number(function: GenericFunction[Any], compiler: SQLCompiler, **options: Any) -> str:
    # Text is quoted in JSON, so the cast finds numbers only. 1e999 is infinite: no number either.
    number = f"TRY_CAST(CAST({_one_found(function, compiler, options)} AS VARCHAR) AS DOUBLE)"
    return f"CASE WHEN isfinite({number}) THEN {number} END"


@compiles(PropertyBoolean, "duckdb")
def _property_boolean(function: GenericFunction[Any], compiler: SQLCompiler, **options: Any) -> str:
    text = f"CAST({_one_found(function, compiler, options)} AS VARCHAR)"
    return f"CASE {text} WHEN 'true' THEN TRUE WHEN 'false' THEN FALSE END"


@compiles(PropertyExists, "duckdb")
def _property_exists(function: GenericFunction[Any], compiler: SQLCompiler, **options: Any) -> str:
    text = f"CAST({_one_found(function, compiler, options)} AS VARCHAR)"
    return f"coalesce({text} <> 'null', FALSE)"


@compiles(AccurateSum, "duckdb")
def _accurate_sum(function: GenericFunction[Any], compiler: SQLCompiler, **options: Any) -> str:
    return f"fsum({compiler.process(function.clause_expr.element, **options)})"


@compiles(DifferentNumbers, "duckdb")
def _different_numbers(
    function: GenericFunction[Any], compiler: SQLCompiler, **options: Any
) -> str:
    each, limit = function.clauses
    number, most = compiler.process(each, **options), limit.effective_value
    if most < BITS_OF_A_NUMBER:
        return f"coalesce(bit_count(bit_or(1::BIGINT << {number})), 0)"
    return f"coalesce(bit_count(bitstring_agg({number}, 0, {most - 1})), 0)"


@compiles(WholeDays, "duckdb")
def _whole_days(function: GenericFunction[Any], compiler: SQLCompiler, **options: Any) -> str:
    since, until = (compiler.process(each, **options) for each in function.clauses)
    return f"date_sub('day', {since}, {until})"


def _one_found(
    function: GenericFunction[Any], compiler: SQLCompiler, options: dict[str, Any]
) -> str:
    found, position = function.clauses
    return f"({compiler.process(found, **options)})[{int(position.effective_value)}]"


def json_pointer(name: str) -> str:
    """The address of a property in a JSON object, whatever characters its name has (RFC 6901)."""
    return "/" + name.replace("~", "~0").replace("/", "~1")

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
    PropertyBoolean,
    PropertyExists,
    PropertyNumber,
    PropertyText,
    WholeDays,
    column_and_property,
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


@compiles(PropertyText, "duckdb")
def _property_text(function: GenericFunction[Any], compiler: SQLCompiler, **_options: Any) -> str:
    arguments = _json_arguments(function, compiler)
    is_text = f"TRY(json_type({arguments})) = 'VARCHAR'"
    return f"CASE WHEN {is_text} THEN json_extract_string({arguments}) END"


@compiles(PropertyNumber, "duckdb")
def _property_number(function: GenericFunction[Any], compiler: SQLCompiler, **_options: Any) -> str:
    # Text is quoted in JSON, so the cast finds numbers only. 1e999 is infinite: no number either.
    number = f"TRY_CAST({_json_text(function, compiler)} AS DOUBLE)"
    return f"CASE WHEN isfinite({number}) THEN {number} END"


@compiles(PropertyBoolean, "duckdb")
def _property_boolean(
    function: GenericFunction[Any], compiler: SQLCompiler, **_options: Any
) -> str:
    text = _json_text(function, compiler)
    return f"CASE {text} WHEN 'true' THEN TRUE WHEN 'false' THEN FALSE END"


@compiles(PropertyExists, "duckdb")
def _property_exists(function: GenericFunction[Any], compiler: SQLCompiler, **_options: Any) -> str:
    return f"coalesce(TRY(json_type({_json_arguments(function, compiler)})) <> 'NULL', FALSE)"


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


def _json_text(function: GenericFunction[Any], compiler: SQLCompiler) -> str:
    return f"CAST(TRY(json_extract({_json_arguments(function, compiler)})) AS VARCHAR)"


def _json_arguments(function: GenericFunction[Any], compiler: SQLCompiler) -> str:
    column, name = column_and_property(function)
    return f"{compiler.process(column)}, {compiler.process(literal(json_pointer(name)))}"


def json_pointer(name: str) -> str:
    """The address of a property in a JSON object, whatever characters its name has (RFC 6901)."""
    return "/" + name.replace("~", "~0").replace("/", "~1")

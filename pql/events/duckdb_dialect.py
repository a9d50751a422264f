"""How DuckDB spells what SQLAlchemy Core expresses. Only compiles; the native connection runs it.

DuckDB's SQL follows PostgreSQL's, so the dialect is SQLAlchemy's one for PostgreSQL with `$1`
parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import ColumnClause, Table
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import CreateTable
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction

from pql.events import duckdb_values
from pql.events.functions import (
    AccurateSum,
    DifferentNumbers,
    FoundProperties,
    HasEntry,
    PropertyEntries,
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
    column, *pointers = function.clauses
    listed = ", ".join(compiler.process(each, **options) for each in pointers)
    found = f"TRY(json_extract({compiler.process(column, **options)}, [{listed}]))"
    # What is random is worked out once. Anything else the optimizer may copy to where it is used,
    # and each copy parses the text, with megabytes of its own.
    return f"CASE WHEN random() >= 0 THEN {found} END"


@compiles(PropertyText, "duckdb")
def _property_text(function: GenericFunction[Any], compiler: SQLCompiler, **options: Any) -> str:
    return _of_found(duckdb_values.text_of, function, compiler, options)


@compiles(PropertyNumber, "duckdb")
def _property_number(function: GenericFunction[Any], compiler: SQLCompiler, **options: Any) -> str:
    return _of_found(duckdb_values.number_of, function, compiler, options)


@compiles(PropertyEntries, "duckdb")
def _property_entries(function: GenericFunction[Any], compiler: SQLCompiler, **options: Any) -> str:
    return _of_found(duckdb_values.entries_of, function, compiler, options)


@compiles(PropertyExists, "duckdb")
def _property_exists(function: GenericFunction[Any], compiler: SQLCompiler, **options: Any) -> str:
    text = f"CAST({_one_found(function, compiler, options)} AS VARCHAR)"
    return f"coalesce({text} <> 'null', FALSE)"


@compiles(HasEntry, "duckdb")
def _has_entry(function: GenericFunction[Any], compiler: SQLCompiler, **options: Any) -> str:
    entries, key = (compiler.process(each, **options) for each in function.clauses)
    return f"coalesce(list_contains({entries}, {key}), FALSE)"


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


def _of_found(
    expression: Callable[[str], str],
    function: GenericFunction[Any],
    compiler: SQLCompiler,
    options: dict[str, Any],
) -> str:
    found = _one_found(function, compiler, options)
    if isinstance(next(iter(function.clauses)), ColumnClause):
        return expression(found)
    # What is looked up here and now would be looked up, and parsed, wherever the expression has it.
    return f"list_transform([{found}], lambda value: {expression('value')})[1]"


def _one_found(
    function: GenericFunction[Any], compiler: SQLCompiler, options: dict[str, Any]
) -> str:
    found, *positions = function.clauses
    several = compiler.process(found, **options)
    each = [f"({several})[{int(position.effective_value)}]" for position in positions]
    return each[0] if len(each) == 1 else f"coalesce({', '.join(each)})"

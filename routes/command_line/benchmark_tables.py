"""Rows for people and for programs: a table with intervals in one cell, JSON, or CSV."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import click

from pql.tables import csv_lines
from routes.console import Listing, Terminal
from routes.terminal import write_for_programs

Row = Mapping[str, object]
"""The cells of a row by their columns; every row of a table has the same. Columns that end in
`_low` and `_high` are the interval of the column that they are named after."""

ENDS = ("_low", "_high")


def print_rows(rows: Sequence[Row], output_format: str, title: str) -> None:
    """Print the rows. A table leaves out columns in which nothing is known."""
    if output_format == "json":
        click.echo(json.dumps({"data": rows}, indent=2))
    elif output_format == "csv":
        columns = list(rows[0]) if rows else []
        cells = ([row[name] for name in columns] for row in rows)
        write_for_programs("".join(csv_lines(columns, cells)))
    else:
        Terminal().print(_table(rows, title))


def _table(rows: Sequence[Row], title: str) -> Listing:
    columns = [
        name
        for name in (rows[0] if rows else ())
        if not name.endswith(ENDS) and any(row[name] is not None for row in rows)
    ]
    table = Listing(*columns, title=title)
    for row in rows:
        table.add_row(*(_cell(row, name) for name in columns))
    return table


def _cell(row: Row, name: str) -> str:
    low, high = (row.get(f"{name}{end}") for end in ENDS)
    value = _text(row[name])
    return value if low is None and high is None else f"{value} ({_text(low)} to {_text(high)})"


def _text(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.4g}" if isinstance(value, float) else str(value)

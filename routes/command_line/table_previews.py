"""How `pql finder --table FILE --preview` shows what the finder would read."""

from __future__ import annotations

from rich.box import SIMPLE

from pql.control_characters import escaped
from pql.finder.table_previews import ROWS_SHOWN, TablePreview
from routes.console import Listing, Terminal

WIDEST_CELL = 20


def print_table_preview(console: Terminal, previewed: TablePreview) -> None:
    """How the file is written, its columns with their first cells, and what would stop a search."""
    for sentence in previewed.told:
        _say(console, sentence)
    table = Listing(
        title=f"{previewed.rows:,} rows, as they were understood", box=SIMPLE, padding=(0, 1, 0, 0)
    )
    for name in ("column", "read as"):
        table.add_column(name, max_width=WIDEST_CELL)
    table.add_column("given", justify="right")
    for number in range(1, ROWS_SHOWN + 1):
        table.add_column(f"row {number}", max_width=WIDEST_CELL)
    for column in previewed.columns:
        table.add_row(column.name, column.read_as, f"{column.given:,}", *column.first)
    console.print(table)
    for problem in previewed.problems:
        _say(console, f"Cannot be searched so: {problem}")


def _say(console: Terminal, text: str) -> None:
    console.print(escaped(text), highlight=False, soft_wrap=True)

"""How `pql import --preview` shows what would become of a file."""

from __future__ import annotations

from rich.box import SIMPLE

from pql.control_characters import escaped
from routes.console import Listing, Terminal
from usage_ingest.importers.previews import Preview
from usage_ingest.importers.recognising import Recognised

WIDEST_VALUE = 24
ROWS_ACROSS = 3
MIDNIGHT = "T00:00:00+00:00"


def print_preview(console: Terminal, recognised: Recognised, previewed: Preview) -> None:
    """How the file is written, its first rows, and what would be rejected."""
    for sentence in recognised.told:
        _say(console, sentence)
    for problem in recognised.problems:
        _say(console, f"Cannot be told: {problem}")
    console.print(_table(previewed))
    _say(console, counted(previewed))
    for each in previewed.rejections:
        place = f"row {each.row}: {each.column}" if each.column else f"row {each.row}"
        _say(console, f"{place}: {each.reason}: {each.found!r}; allowed: {each.allowed}")
    _say(console, "Nothing was written.")


def counted(previewed: Preview) -> str:
    """What would become of the rows that were looked at, in one sentence."""
    no_outcome = f"{previewed.no_outcome:,} have no outcome, " if previewed.no_outcome else ""
    return (
        f"Of the first {previewed.looked_at:,} rows {previewed.would_go_in:,} would go in, "
        f"{no_outcome}{previewed.rejected:,} would be rejected."
    )


def _table(previewed: Preview) -> Listing:
    """Fields downwards and rows across: however many fields, it fits the terminal."""
    rows = previewed.rows[:ROWS_ACROSS]
    title = "The first rows, as they were understood; times are UTC"
    table = Listing(title=title, box=SIMPLE, padding=(0, 1, 0, 0))
    for name in ("field", "column", "read as", *(f"row {row.row}" for row in rows)):
        table.add_column(name, max_width=WIDEST_VALUE)
    for field in previewed.fields:
        values = (row.values.get(field.name) for row in rows)
        table.add_row(field.name, field.column or "", field.read_as, *map(_shown, values))
    return table


def _shown(value: object) -> str:
    """A value; midnight in UTC is a date."""
    return "" if value is None else str(value).removesuffix(MIDNIGHT)


def _say(console: Terminal, text: str) -> None:
    console.print(escaped(text), highlight=False, soft_wrap=True)

"""Tables and bars on the terminal, drawn by rich. Nothing in a text is markup, a code or an emoji.

To rich "[/]" in a name would be markup that it cannot close, and an error.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from pql.control_characters import escaped
from routes.terminal import LINE_END, unescaped


class Terminal(Console):
    """A console that takes texts as they are and escapes their control characters."""

    def __init__(self, *, stderr: bool = False) -> None:
        stream = unescaped(sys.stderr if stderr else sys.stdout)
        super().__init__(file=stream, markup=False, emoji=False)

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """What is to be written, piece by piece; codes of rich's own are pieces by themselves."""
        for piece in super().render(renderable, options):
            if piece.control:
                yield piece
            else:
                yield Segment(escaped(piece.text, kept=LINE_END), piece.style)


class Listing(Table):
    """A table whose cells are one line each, whatever is in them: none can draw another row."""

    def add_row(self, *cells: RenderableType | None, **options: Any) -> None:
        """Add a row. A cell that is no plain text is taken as it is."""
        lines = [Text(escaped(cell)) if isinstance(cell, str) else cell for cell in cells]
        super().add_row(*lines, **options)

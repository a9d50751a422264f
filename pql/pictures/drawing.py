"""Draws charts as SVG or PNG with matplotlib, without a display and without global state.

Imported where a picture is asked for and nowhere else: matplotlib takes a second and some memory.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from threading import Lock
from typing import Any

from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from pql.pictures.chart import Axis, Band, Chart, Line, Mark, Numbers

FORMATS = ("svg", "png")
WIDTH, HEIGHT = 7.6, 4.2
"""Inches."""
DOTS_PER_INCH = 144
NOTHING_KNOWN = "Nothing to show yet: too few accounts"

_SETTINGS: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 9.5,
    # Text stays text: it can be searched and read aloud.
    "svg.fonttype": "none",
    # The same picture is the same bytes.
    "svg.hashsalt": "pql",
    # A name from a definition file is text, whatever dollar signs it holds.
    "text.parse_math": False,
}
_DRAWING = Lock()
"""matplotlib's settings and font cache belong to the whole process."""


@dataclass(frozen=True, slots=True)
class Theme:
    """The colours of a picture, as on the pages."""

    surface: str
    text: str
    quiet: str
    grid: str
    lines: tuple[str, ...]
    mark: str


THEMES: Mapping[str, Theme] = {
    "light": Theme(
        "#ffffff",
        "#1a2230",
        "#5b6678",
        "#e3e7ee",
        ("#2456d6", "#9a5b00", "#14795a", "#8a3ea8", "#5b6678", "#a8324a"),
        "#c0273d",
    ),
    "dark": Theme(
        "#171d28",
        "#e8ecf3",
        "#9aa6b8",
        "#2b3444",
        ("#8fb0ff", "#e0a458", "#5ecba4", "#cf9be6", "#9aa6b8", "#ff9db0"),
        "#ff8a99",
    ),
}


def draw(chart: Chart, file_format: str = "svg", theme: str = "light") -> bytes:
    """The picture as a file.

    Args:
        file_format: one of `FORMATS`.
        theme: one of `THEMES`.
    """
    colours = THEMES[theme]
    with _DRAWING, rc_context(_SETTINGS):
        figure = Figure(figsize=(WIDTH, HEIGHT), facecolor=colours.surface, layout="constrained")
        axes = figure.add_subplot(facecolor=colours.surface)
        axes.set_title(chart.title, loc="left", color=colours.text, fontweight="bold", fontsize=11)
        if chart.is_empty:
            _say_that_nothing_is_known(axes, colours)
        else:
            _draw_content(axes, chart, colours)
        return _bytes(figure, file_format, chart.title)


def _bytes(figure: Figure, file_format: str, title: str) -> bytes:
    written = BytesIO()
    dated = {"Title": title, "Date": None} if file_format == "svg" else {"Title": title}
    figure.savefig(written, format=file_format, dpi=DOTS_PER_INCH, metadata=dated)
    return written.getvalue()


def _draw_content(axes: Any, chart: Chart, colours: Theme) -> None:
    _dress(axes, chart, colours)
    names = [line.name for line in chart.lines]
    for number, band in enumerate(chart.bands):
        # A band of a line, "paid: 95 % interval", has the colour of the line.
        of_line = band.name.rpartition(":")[0]
        place = names.index(of_line) if of_line in names else number
        _draw_band(axes, band, colours.lines[place % len(colours.lines)])
    for number, line in enumerate(chart.lines):
        _draw_line(axes, line, colours.lines[number % len(colours.lines)])
    if chart.diagonal:
        largest = max(axes.dataLim.xmax, axes.dataLim.ymax)
        axes.plot([0, largest], [0, largest], color=colours.quiet, linewidth=1, linestyle=":")
    for mark in chart.marks:
        _draw_mark(axes, mark, colours)
    axes.set_ylim(bottom=0)
    legend = axes.legend(frameon=False, labelcolor=colours.text, loc="best")
    legend.set_zorder(5)


def _draw_band(axes: Any, band: Band, colour: str) -> None:
    step = "post" if band.shape == "steps" else None
    low, high = _heights(band.low), _heights(band.high)
    axes.fill_between(
        band.x, low, high, color=colour, alpha=0.18, linewidth=0, label=band.name, step=step
    )


def _draw_line(axes: Any, line: Line, colour: str) -> None:
    style = "-" if line.is_main else "--"
    heights = _heights(line.y)
    if line.shape == "points":
        axes.plot(line.x, heights, "o", color=colour, markersize=5, label=line.name)
    elif line.shape == "steps":
        axes.step(line.x, heights, style, where="post", color=colour, label=line.name)
    else:
        axes.plot(line.x, heights, style, color=colour, linewidth=1.8, label=line.name)


def _draw_mark(axes: Any, mark: Mark, colours: Theme) -> None:
    axes.plot([mark.x], [mark.y], "o", color=colours.mark, markersize=9, zorder=4, label=mark.name)


def _heights(numbers: Numbers) -> list[float]:
    return [math.nan if number is None else number for number in numbers]


def _dress(axes: Any, chart: Chart, colours: Theme) -> None:
    axes.grid(visible=True, axis="y", color=colours.grid, linewidth=0.8)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(colours.grid)
    axes.tick_params(colors=colours.quiet, length=0)
    for axis, described in ((axes.xaxis, chart.x), (axes.yaxis, chart.y)):
        _label(axis, described, colours)


def _label(axis: Any, described: Axis, colours: Theme) -> None:
    axis.set_label_text(described.label, color=colours.quiet)
    axis.set_major_locator(MaxNLocator(nbins=8, integer=not described.is_share))
    if described.is_share:
        axis.set_major_formatter(PercentFormatter(xmax=1))


def _say_that_nothing_is_known(axes: Any, colours: Theme) -> None:
    axes.set_axis_off()
    axes.text(0.5, 0.5, NOTHING_KNOWN, ha="center", va="center", color=colours.quiet, fontsize=11)

"""Charts as files: what is drawn, and that nothing in a name can break out of a picture."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from pql.pictures.chart import Axis, Band, Chart, ChartTable, Line, Mark
from pql.pictures.drawing import NOTHING_KNOWN, draw

ATTACK = '<script>alert(1)</script> "&" $x^2$'
SVG_TEXT = "{http://www.w3.org/2000/svg}text"


def chart(title: str = "Messages sent", heights: list[float | None] | None = None) -> Chart:
    known = heights if heights is not None else [1.0, None, 4.0]
    return Chart(
        title=title,
        note="Simulated.",
        x=Axis("day of the trial"),
        y=Axis("messages sent"),
        lines=(Line("median customer", [1, 2, 3], known),),
        bands=(Band("customers p25 to p75", [1, 2, 3], known, known),),
        marks=(Mark("this account", 2, 3.0),),
        table=ChartTable(("day", "median"), [(1, 1.0), (2, None), (3, 4.0)]),
    )


def texts(picture: bytes) -> list[str]:
    return [element.text or "" for element in ET.fromstring(picture).iter(SVG_TEXT)]  # noqa: S314 - our own picture


def test_a_picture_says_what_it_shows() -> None:
    said = texts(draw(chart()))
    for words in ("Messages sent", "day of the trial", "median customer", "this account"):
        assert words in said


def test_names_are_text_whatever_they_hold() -> None:
    picture = draw(chart(ATTACK))
    assert b"<script" not in picture
    assert ATTACK in texts(picture)


def test_a_picture_of_nothing_says_so() -> None:
    assert NOTHING_KNOWN in texts(draw(chart(heights=[None, None, None])))
    assert NOTHING_KNOWN not in texts(draw(chart()))


def test_the_same_chart_is_the_same_file() -> None:
    assert draw(chart()) == draw(chart())


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_png_is_as_large_as_pages_show_it(theme: str) -> None:
    picture = draw(chart(), "png", theme)
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = (int.from_bytes(picture[at : at + 4]) for at in (16, 20))
    assert (width, height) == (1094, 604)


def test_the_themes_differ() -> None:
    assert draw(chart(), theme="light") != draw(chart(), theme="dark")

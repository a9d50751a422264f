"""The list of events in a body of JSON, found, counted and cut without reading what is in it.

A reader of JSON makes an object of every element: of a body of a few megabytes, millions of `{}`
become hundreds. Here only brackets, commas and quotes are looked at, a window of bytes at a time,
so the memory does not depend on how many elements there are, and the time only on the bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

WINDOW = 128 * 1024
"""Bytes that are looked at together."""
LONGEST_NAME = 200
"""Bytes before a list in which its name is looked for."""

QUOTE, BACKSLASH, COMMA = ord('"'), ord("\\"), ord(",")
OPENS_LIST = ord("[")
_STEP = np.zeros(256, np.int8)
"""By how much a byte changes the depth."""
_STEP[list(b"[{")] = 1
_STEP[list(b"]}")] = -1
_IS_MARK = _STEP != 0
_IS_MARK[COMMA] = True

_NAME = re.compile(rb'"([^"\\]*)"\s*:\s*\[\Z')

Positions = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class EventList:
    """A list: `body[start:end]` is what is between its brackets. `name` is None without one."""

    start: int
    end: int
    elements: int
    name: str | None


@dataclass(frozen=True, slots=True)
class Slice:
    """Elements of a list that follow one another: `body[start:end]`, the commas between them too.

    `first` is the place of the first of them in the list.
    """

    start: int
    end: int
    first: int
    elements: int


@dataclass(frozen=True, slots=True)
class _Marks:
    """Brackets and commas outside of texts: where they are, which, and how deep after each."""

    positions: Positions
    kinds: npt.NDArray[np.uint8]
    depths: Positions


def long_lists(body: bytes, more_than: int) -> list[EventList]:
    """The lists with more elements that are the body itself, or the value of a field of it."""
    depth = 1 if body.lstrip()[:1] == b"[" else 2
    found: list[EventList] = []
    start, is_list, commas = -1, False, 0
    for marks in _marks(body, 0, len(body)):
        at_depth, steps = marks.depths == depth, _STEP[marks.kinds]
        opening = np.flatnonzero(at_depth & (steps > 0))
        closing = np.flatnonzero((marks.depths == depth - 1) & (steps < 0))
        # Number 0 is the one that was open when the window began.
        number = np.zeros(len(steps), np.int64)
        number[opening] = 1
        number = np.cumsum(number)
        counts = np.bincount(number[at_depth & (marks.kinds == COMMA)], minlength=len(opening) + 1)
        counts[0] += commas
        starts = np.append(start, marks.positions[opening] + 1)
        are_lists = np.append(is_list, marks.kinds[opening] == OPENS_LIST)
        is_long = (counts >= more_than) & are_lists
        for place in closing[is_long[number[closing]]].tolist():
            begin, elements = int(starts[number[place]]), int(counts[number[place]]) + 1
            name = _name(body, begin)
            found.append(EventList(begin, int(marks.positions[place]), elements, name))
        start, is_list, commas = int(starts[-1]), bool(are_lists[-1]), int(counts[-1])
    return found


def slices(body: bytes, found: EventList, most_elements: int, most_bytes: int) -> Iterator[Slice]:
    """The list cut into slices, each within the limits or of a single element."""
    start, first, count, last = found.start, 0, 0, found.start
    for commas in _commas(body, found):
        done = 0
        while done < len(commas):
            fitting = int(np.searchsorted(commas, start + most_bytes, "right")) - done
            room = min(most_elements - count, max(fitting, 0 if count else 1), len(commas) - done)
            if room <= 0:
                yield Slice(start, last, first, count)
                start, first, count = last + 1, first + count, 0
                continue
            done, count = done + room, count + room
            last = int(commas[done - 1])
    if count and (count + 1 > most_elements or found.end - start > most_bytes):
        yield Slice(start, last, first, count)
        start, first, count = last + 1, first + count, 0
    yield Slice(start, found.end, first, count + 1)


def _commas(body: bytes, found: EventList) -> Iterator[Positions]:
    for marks in _marks(body, found.start, found.end):
        yield marks.positions[(marks.depths == 0) & (marks.kinds == COMMA)]


def _marks(body: bytes, start: int, end: int) -> Iterator[_Marks]:
    """Window by window. What is between two texts has an even number of quotes before it."""
    depth, in_text, is_escaped = 0, False, False
    for begin in range(start, end, WINDOW):
        window = np.frombuffer(body, np.uint8, min(WINDOW, end - begin), begin)
        quotes, is_escaped = _quotes(window, is_escaped)
        positions = np.flatnonzero(_IS_MARK[window])
        outside = (np.searchsorted(quotes, positions) + in_text) % 2 == 0
        positions = positions[outside]
        kinds = window[positions]
        depths = depth + np.cumsum(_STEP[kinds], dtype=np.int64)
        if len(depths):
            depth = int(depths[-1])
            yield _Marks(positions + begin, kinds, depths)
        in_text = bool((in_text + len(quotes)) % 2)


def _quotes(window: npt.NDArray[np.uint8], is_escaped: bool) -> tuple[Positions, bool]:
    """Where quotes begin or end a text, and whether the byte after the window is escaped.

    After an odd number of backslashes in a row a quote is part of the text. `is_escaped`: the
    first byte is.
    """
    quotes = np.flatnonzero(window == QUOTE)
    slashes = np.flatnonzero(window == BACKSLASH)
    if is_escaped and len(window):
        quotes = quotes[quotes != 0]
        slashes = slashes[slashes != 0]
    if not len(slashes):
        return quotes, False
    begins = np.flatnonzero(np.diff(slashes, prepend=-2) != 1)
    lengths = np.diff(begins, append=len(slashes))
    escaped = (slashes[begins] + lengths)[lengths % 2 == 1]
    is_part = np.zeros(len(window) + 1, np.bool_)
    is_part[escaped] = True
    return quotes[~is_part[quotes]], bool(is_part[-1])


def _name(body: bytes, start: int) -> str | None:
    named = _NAME.search(body[max(0, start - LONGEST_NAME) : start])
    return named[1].decode("utf-8", "replace") if named else None

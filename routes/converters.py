"""Parts of addresses that Flask has no converter for."""

from __future__ import annotations

from urllib.parse import quote

from werkzeug.routing import PathConverter


class AnyTextConverter(PathConverter):
    """An id that somebody else gave: any text, with slashes and line breaks anywhere.

    It is for addresses that are typed. No browser asks for `.` or `..`, and proxies may merge
    slashes; so our own links carry ids as parameters, which nobody changes on the way.
    """

    regex = "(?s:.+?)"
    part_isolating = False

    def to_url(self, value: str) -> str:
        """The id as one part of an address."""
        return quote(value, safe="")

"""The `filters` section of a definition file: whose events are stored but never counted."""

from __future__ import annotations

from typing import Any

from marshmallow import post_load

from pql.definitions.fields import (
    Described,
    Section,
    checked,
    read_list,
    read_text,
    text_shape,
    truth,
)
from pql.definitions.model import FilterSettings
from pql.definitions.shapes import list_of

PATTERNS = "a list of patterns such as test-*"
LONGEST_PATTERN = 200
MOST_PATTERNS = 200


def _read_patterns(value: object) -> tuple[str, ...] | None:
    patterns = read_list(value, PATTERNS, _read_pattern)
    return patterns if len(patterns) <= MOST_PATTERNS else None


def _read_pattern(value: object) -> str:
    return checked(read_text(value, LONGEST_PATTERN), "a pattern such as test-*")


_PATTERNS_SHAPE = list_of(text_shape(LONGEST_PATTERN), most=MOST_PATTERNS)


class FiltersSchema(Section):
    """Whose events do not count."""

    test_accounts = Described(
        PATTERNS,
        _read_patterns,
        shape=_PATTERNS_SHAPE,
        about="Keys of accounts that are tests",
        load_default=(),
    )
    test_emails = Described(
        PATTERNS,
        _read_patterns,
        shape=_PATTERNS_SHAPE,
        about="E-mail addresses of people who test",
        load_default=(),
    )
    bots = truth(about="Leave out what programs say they did", load_default=True)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> FilterSettings:
        return FilterSettings(**data)

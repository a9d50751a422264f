"""Options that say how a file is written; what is left out is recognised, and told."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

import click

from pql.delimited.formats import (
    DECIMALS_ALLOWED,
    DELIMITERS_ALLOWED,
    READERS,
    THOUSANDS_ALLOWED,
    FormatInvalid,
    read_format,
)

Command = TypeVar("Command", bound=Callable[..., object])

OPTIONS = (
    click.option("--delimiter", metavar="SIGN", help=f"Between cells: {DELIMITERS_ALLOWED}."),
    click.option("--encoding", metavar="NAME", help="Of the text, as in utf-16 or windows-1252."),
    click.option("--decimal", metavar="SIGN", help=f"Before decimals: {DECIMALS_ALLOWED}."),
    click.option("--thousands", metavar="SIGN", help=f"Between them: {THOUSANDS_ALLOWED}."),
    click.option(
        "--time-format",
        metavar="FORMAT",
        help="Of times: day_first, month_first, iso, unix, or as in %d.%m.%Y.",
    ),
)


def file_format_options(command: Command) -> Callable[..., object]:
    """Give a command these options; what they say is passed to it as `file_format`."""

    @functools.wraps(command)
    def with_format(*arguments: Any, **given: Any) -> object:
        said = {name: given.pop(name) for name in READERS}
        try:
            file_format = read_format(said)
        except FormatInvalid as error:
            option = f"'--{error.field.replace('_', '-')}'"
            raise click.BadParameter(str(error), param_hint=option) from error
        return command(*arguments, file_format=file_format, **given)

    decorated: Callable[..., object] = with_format
    for option in reversed(OPTIONS):
        decorated = option(decorated)
    return decorated

"""Definition files as arguments of commands, read with every problem told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from pql.definitions.model import DefinitionFile
from pql.definitions.reading import DefinitionError, read_definitions
from pql.words import counted

definition_file = click.argument(
    "file", type=click.Path(exists=True, dir_okay=False, path_type=Path)
)


def text_of(file: Path) -> str:
    """The file's text, or a refusal that says where it is none."""
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{file}: not UTF-8 at byte {error.start}") from error


def definitions_in(file: Path, text: str) -> DefinitionFile:
    """What the text defines; where it cannot be used, each problem is a line on stderr."""
    with problems_told(file):
        return read_definitions(text, str(file))


@contextmanager
def problems_told(file: Path) -> Iterator[None]:
    """Where the file is refused, each of its problems is a line on stderr."""
    try:
        yield
    except DefinitionError as error:
        for problem in error.problems:
            click.echo(str(problem), err=True)
        problems = counted(len(error.problems), "problem")
        raise click.ClickException(f"{file} has {problems}") from error

"""A definition file's text to values, or everything that is wrong with it at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice

from marshmallow import ValidationError

from pql.definitions.fields import UNKNOWN_FIELD, WHOLE
from pql.definitions.limits import find_excesses
from pql.definitions.model import DefinitionFile
from pql.definitions.problems import (
    MOST_OF_A_KIND,
    DefinitionError,
    Path,
    Problem,
    show_value,
)
from pql.definitions.references import find_unknown_metrics
from pql.definitions.schemas import FileSchema
from pql.definitions.suggesting import suggest
from pql.definitions.yaml_lines import Document, read_yaml

__all__ = ["DefinitionError", "Problem", "read_definitions"]


def read_definitions(text: str, file_name: str) -> DefinitionFile:
    """Read a definition file.

    Raises:
        DefinitionError: with every problem of the file, each with line, field, found and allowed.
            Where it asks for more than a file may, those alone are told.
    """
    document = read_yaml(text, file_name)
    if excesses := find_excesses(document):
        raise DefinitionError(excesses)
    return _load(document)


def read_applied(text: str, file_name: str) -> tuple[DefinitionFile, tuple[Problem, ...]]:
    """Read a file that was applied already, and what in it is more than a file may ask for today.

    Raises:
        DefinitionError: it has other problems.
    """
    document = read_yaml(text, file_name)
    return _load(document), tuple(find_excesses(document))


def _load(document: Document) -> DefinitionFile:
    problems = [*document.problems, *find_unknown_metrics(document)]
    try:
        file: DefinitionFile = FileSchema().load(document.value)
    except ValidationError as error:
        problems += find_problems(document, error)
        raise DefinitionError(problems) from error
    if problems:
        raise DefinitionError(problems)
    return file


def find_problems(document: Document, error: ValidationError) -> list[Problem]:
    """What a schema of `fields` found wrong with a document, each with its line.

    Of very many, the first `MOST_OF_A_KIND`.
    """
    entries = islice(_entries(error.messages, ()), MOST_OF_A_KIND)
    return [_problem(document, *entry) for entry in entries]


def _entries(messages: object, path: Path) -> Iterator[tuple[Path, str]]:
    """Marshmallow's nested messages, each with its place."""
    if isinstance(messages, Mapping):
        for step, entry in messages.items():
            yield from _entries(entry, path if step == WHOLE else (*path, step))
    elif isinstance(messages, list):
        for entry in messages:
            yield from _entries(entry, path)
    else:
        yield path, str(messages)


def _problem(document: Document, path: Path, message: str) -> Problem:
    found, separator, allowed = message.partition("\n")
    if not separator:
        found, allowed = show_value(document.find(path)), message
    if found == UNKNOWN_FIELD:
        # A field that is really called like marshmallow's own key has lost its name on the way.
        allowed = suggest(str(path[-1]) if path else WHOLE, allowed.split(", "))
    return document.problem(path, found, allowed)

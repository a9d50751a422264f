"""A definition file's text to values, or everything that is wrong with it at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from marshmallow import ValidationError

from pql.definitions.fields import UNKNOWN_FIELD, WHOLE
from pql.definitions.model import DefinitionFile
from pql.definitions.problems import DefinitionError, Path, Problem, show_value
from pql.definitions.references import find_unknown_metrics
from pql.definitions.schemas import FileSchema
from pql.definitions.suggesting import suggest
from pql.definitions.yaml_lines import Document, read_yaml

__all__ = ["DefinitionError", "Problem", "read_definitions"]


def read_definitions(text: str, file_name: str) -> DefinitionFile:
    """Read a definition file.

    Raises:
        DefinitionError: with every problem of the file, each with line, field, found and allowed.
    """
    document = read_yaml(text, file_name)
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
    """What a schema of `fields` found wrong with a document, each thing with its line."""
    return [_problem(document, *entry) for entry in _entries(error.messages, ())]


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

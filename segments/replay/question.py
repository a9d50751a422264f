"""What to replay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pql.accounts.querying import DefinitionUnknown
from pql.definitions.model import Definition, DefinitionFile

MOST_WEEKS = 52
USUAL_WEEKS = 12
MOST_REPS = 1_000


@dataclass(frozen=True, slots=True)
class Capacity:
    """So many reps, each with time for so many new accounts a week."""

    reps: int
    per_rep: int

    @property
    def accounts(self) -> int:
        """New accounts a week."""
        return self.reps * self.per_rep


@dataclass(frozen=True, slots=True)
class Question:
    """One definition of a file, or each, over the past weeks up to now."""

    file: DefinitionFile
    weeks: int = USUAL_WEEKS
    definition: str | None = None
    capacity: Capacity | None = None
    text: str | None = None
    """The file as it is written, to tell what it leaves out."""


def asked_definitions(question: Question) -> Mapping[str, Definition]:
    """The definitions that are asked about, by name.

    Raises:
        DefinitionUnknown: the file has no definition of that name.
    """
    definitions = question.file.definitions
    if question.definition is None:
        return definitions
    if question.definition not in definitions:
        raise DefinitionUnknown(question.definition, list(definitions))
    return {question.definition: definitions[question.definition]}

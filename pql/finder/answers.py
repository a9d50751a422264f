"""What a caller gets: the finding and how to say and adopt it."""

from __future__ import annotations

from dataclasses import dataclass

from pql.finder.adopting import Adopted
from pql.finder.finding import Finding
from pql.finder.sentences import Wording


@dataclass(frozen=True, slots=True)
class Answer:
    """A finding, how its columns are called, and the definition file to adopt it. `told` is how the
    file was understood that was searched.
    """

    finding: Finding
    wording: Wording
    adopted: Adopted
    told: tuple[str, ...] = ()

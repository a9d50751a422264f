"""What a result rests on, as a digest: where it is the same, the result is."""

from __future__ import annotations

from hashlib import blake2b
from importlib.metadata import version

from pql.definitions.model import DefinitionFile
from pql.trials import trait_names
from segments.deciding import Subject, trial_day
from segments.explanation import Basis

RELEASE = version("pql")
"""Another release may decide or explain differently."""


def digest(subject: Subject, basis: Basis) -> str:
    """32 characters that differ where anything differs that a decision or its words depend on."""
    inputs = (
        RELEASE,
        basis.definition_version,
        basis.benchmarks.version_id,
        trial_day(subject.trial_started_at, basis.as_of),
        subject.status,
        [subject.traits.get(name) for name in basis.traits],
        subject.metrics,
    )
    return blake2b(repr(inputs).encode(errors="surrogatepass"), digest_size=16).hexdigest()


def traits_asked(file: DefinitionFile) -> tuple[str, ...]:
    """The traits that any rule about accounts looks at."""
    criteria = (definition.criteria for definition in file.definitions.values())
    rules = (*criteria, *file.potential.values(), *file.motions.values())
    return tuple(sorted({name for rule in rules for name in trait_names(rule)}))

"""What a result rests on, as a digest: where it is the same, the result is."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from importlib.metadata import version

from pql.definitions.model import DefinitionFile, Rule
from pql.trials import trait_names
from segments.explanation import Basis

RELEASE = version("pql")
"""Another release may decide or explain differently."""

NO_DIGEST = ""
"""Of what cannot be told: rests on nothing, and is worked out every time."""


def digests(evidence: Sequence[str], basis: Basis) -> list[str]:
    """32 characters each, which differ where anything does that a decision or its words rest on."""
    versions = repr((RELEASE, basis.definition_version, basis.benchmarks.version_id))
    return [blake2b(f"{versions}{e}".encode(), digest_size=16).hexdigest() for e in evidence]


def rules_about_accounts(file: DefinitionFile) -> tuple[Rule, ...]:
    """Every rule that accounts are judged and routed by."""
    criteria = (definition.criteria for definition in file.definitions.values())
    routing = (*file.motions.values(), *file.provisional.values())
    return (*criteria, *file.potential.values(), *routing)


def traits_asked(file: DefinitionFile) -> tuple[str, ...]:
    """The traits that any rule about accounts looks at."""
    rules = rules_about_accounts(file)
    return tuple(sorted({name for rule in rules for name in trait_names(rule)}))

"""What a result rests on, as a digest: where it is the same, the result is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import blake2b
from importlib.metadata import version

import numpy as np

from pql.definitions.model import DefinitionFile
from pql.rules.comparing import Numbers
from pql.trials import trait_names
from segments.at_hand import Accounts, moment, trial_days
from segments.explanation import Basis

RELEASE = version("pql")
"""Another release may decide or explain differently."""

NO_DIGEST = ""
"""Of what cannot be told: rests on nothing, and is worked out every time."""


def digests(accounts: Accounts, metrics: Mapping[str, Numbers], basis: Basis) -> list[str]:
    """32 characters each, which differ where anything does that a decision or its words rest on."""
    versions = (RELEASE, basis.definition_version, basis.benchmarks.version_id)
    days = trial_days(accounts.trial_started_at, moment(basis.as_of)).tolist()
    numbers = _as_bytes(metrics, len(accounts))
    rows = zip(accounts.statuses, accounts.traits, days, numbers, strict=True)
    return [
        NO_DIGEST
        if isinstance(traits, Exception)
        else blake2b(
            repr((versions, status, traits, day)).encode(errors="surrogatepass") + values,
            digest_size=16,
        ).hexdigest()
        for status, traits, day, values in rows
    ]


def traits_asked(file: DefinitionFile) -> tuple[str, ...]:
    """The traits that any rule about accounts looks at."""
    criteria = (definition.criteria for definition in file.definitions.values())
    rules = (*criteria, *file.potential.values(), *file.motions.values())
    return tuple(sorted({name for rule in rules for name in trait_names(rule)}))


def _as_bytes(metrics: Mapping[str, Numbers], accounts: int) -> Iterator[bytes]:
    """The numbers of each account. Every NaN is the same one."""
    table = np.array([*metrics.values()], dtype=np.float64).reshape(len(metrics), accounts).T
    whole = np.where(np.isnan(table), np.nan, table).tobytes()
    length = len(metrics) * table.itemsize
    return (whole[row * length : (row + 1) * length] for row in range(accounts))

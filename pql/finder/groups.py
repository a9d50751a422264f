"""Units that are searched together, or that confirm together."""

from __future__ import annotations

from dataclasses import dataclass

from pql.finder.candidates import Support
from pql.finder.columns import ValueTable
from pql.finder.counting import Binned


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Units, in bins too, and by how many of them a candidate must be met and not met."""

    table: ValueTable
    binned: Binned
    support: Support

    @property
    def repeated(self) -> float:
        """How much its units repeat one another."""
        return self.table.units_a_cluster

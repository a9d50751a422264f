"""What a fitted score must beat: the best single threshold, and the rule in force."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pql.finder.groups import Group
from pql.fitted.model import Form
from pql.statistics.arrays import Flags, Floats


@dataclass(frozen=True, slots=True)
class OneRule:
    """A single threshold: `at_least` for amounts, `at_most` for days since and until.

    `correlation` is Matthews', among the trials it was found in.
    """

    metric: str
    form: Form
    threshold: float
    correlation: float

    def met(self, values: Floats) -> Flags:
        """Who meets it. Unknown does not."""
        met: Flags = self._more_is_better(values) >= self._bound
        return met

    def ranking(self, values: Floats) -> Floats:
        """The metric turned so that more is better; unknown is last."""
        return np.nan_to_num(self._more_is_better(values), nan=-np.inf, posinf=np.inf)

    @property
    def name(self) -> str:
        """As a person says it: `messages_sent at least 30`."""
        comparison = "at most" if self.form == "recency" else "at least"
        return f"{self.metric} {comparison} {self.threshold:.4g}"

    def _more_is_better(self, values: Floats) -> Floats:
        return -values if self.form == "recency" else values

    @property
    def _bound(self) -> float:
        return -self.threshold if self.form == "recency" else self.threshold


@dataclass(frozen=True, slots=True, eq=False)
class Rival:
    """What some rule says of each trial: whether it is met, and an order from worst to best."""

    name: str
    met: Flags
    ranking: Floats


def best_threshold(group: Group, forms: dict[str, Form]) -> OneRule | None:
    """The one of the finder's single thresholds with the largest Matthews correlation."""
    counts = group.binned.count(group.table.outcome[np.newaxis, :])
    correlations = counts.phi[0]
    if np.isnan(correlations).all():
        return None
    best = int(np.nanargmax(correlations))
    part = group.binned.parts[best]
    metric = group.table.columns[part.column].name
    threshold = part.threshold
    if forms[metric] == "recency":
        threshold = 1 / threshold - 1
    return OneRule(metric, forms[metric], threshold, float(correlations[best]))

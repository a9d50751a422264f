"""What a search answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pql.finder.alarms import Alarm, NotSearched
from pql.finder.candidates import Candidate
from pql.finder.columns import Column
from pql.finder.confirming import Judgement
from pql.finder.figures import Figures
from pql.finder.optimism import Corrected
from pql.finder.splitting import Claim, Period


@dataclass(frozen=True, slots=True)
class Judged:
    """A candidate with its figures where it was found and on later units.

    `p_value` is that of the best of all that were tried (Westfall and Young), `q_value` the false
    discovery rate of the list down to it (Benjamini and Hochberg), `None` for what is not on it.
    `later` is `None` where there is no later group.
    """

    candidate: Candidate
    found: Figures
    later: Figures | None
    p_value: float
    q_value: float | None
    judgement: Judgement


@dataclass(frozen=True, slots=True)
class Finding:
    """The answer of a search. `recommended` is `None` where there is **no reliable threshold**.

    `listed` are the best, best first, one for each column and the combinations; `popular` are what
    anybody would have tried. `strongest` is the best of one group that nothing could confirm, with
    `corrected` for its figures without the luck of the best. `reason` says why nothing is
    recommended; `left_out` counts by reason who is in no group. `rivals` are round thresholds of
    what is recommended, or of the strongest; `not_searched` are the sources that were not searched.
    """

    columns: tuple[Column, ...]
    claim: Claim
    split_note: str
    searched: Period
    confirming: Period | None
    in_gap: int
    gap_days: float
    left_out: Mapping[str, int]
    tried: int
    refused: int
    runs: int
    listed: tuple[Judged, ...]
    popular: tuple[Judged, ...]
    recommended: Judged | None
    reason: str | None
    alarms: tuple[Alarm, ...]
    strongest: Judged | None = None
    corrected: Corrected | None = None
    rivals: tuple[Judged, ...] = ()
    not_searched: tuple[NotSearched, ...] = ()

    @property
    def shown(self) -> tuple[Judged, ...]:
        """What a table shows: the one to use, its rivals, then the best others; each once."""
        chosen = self.recommended or self.strongest
        shown: dict[Candidate, Judged] = {}
        for each in (*((chosen,) if chosen else ()), *self.rivals, *self.listed):
            shown.setdefault(each.candidate, each)
        return tuple(shown.values())

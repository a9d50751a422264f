"""The truth behind the simulation: what makes accounts pay, and what trials under way are like.

A typical customer sends about 8 messages a day, invites 3 to 6 colleagues in its first days and has
4 to 6 active people. Clear cases keep far from that: strong trials do more than twice as much on
each count, weak ones less than a tenth, and no size lies near a limit of the definition file.
"""

from __future__ import annotations

from dataclasses import dataclass

from pql.definitions.model import Motion
from pql.simulation.model import Behaviour


@dataclass(frozen=True, slots=True)
class Cohort:
    """So many accounts of one behaviour. `converts` is the share of them that pays in the end."""

    behaviour: Behaviour
    accounts: int
    converts: float = 0.0


ADOPTING = Behaviour(
    "adopting",
    messages_a_day=(6, 10),
    active_days=(14, 20),
    invites=(3, 6),
    people=(4, 6),
    employees=(5, 400),
)
QUIET_BUYER = Behaviour(
    "quiet buyer",
    messages_a_day=(2, 4),
    active_days=(8, 14),
    invites=(1, 2),
    people=(2, 3),
    employees=(5, 60),
)
BUSY_TOURIST = Behaviour(
    "busy tourist",
    messages_a_day=(3, 6),
    active_days=(4, 8),
    invites=(0, 2),
    people=(2, 3),
    employees=(2, 60),
)
PASSER_BY = Behaviour(
    "passer-by",
    messages_a_day=(0.3, 1),
    active_days=(2, 6),
    invites=(0, 0),
    people=(1, 1),
    employees=(1, 60),
)

PAST_TRIALS = (
    Cohort(ADOPTING, accounts=130, converts=0.78),
    Cohort(QUIET_BUYER, accounts=20, converts=0.6),
    Cohort(BUSY_TOURIST, accounts=50, converts=0.04),
    Cohort(PASSER_BY, accounts=220, converts=0.01),
)

STRONG_AND_LARGE = Behaviour(
    "strong and large",
    messages_a_day=(20, 26),
    active_days=(14, 14),
    invites=(12, 15),
    people=(12, 14),
    employees=(300, 900),
    meant=Motion.HIGH_TOUCH,
)
STRONG_AND_SMALL = Behaviour(
    "strong and small",
    messages_a_day=(20, 26),
    active_days=(14, 14),
    invites=(12, 15),
    people=(5, 6),
    employees=(5, 15),
    meant=Motion.LOW_TOUCH,
)
WEAK_AND_SMALL = Behaviour(
    "weak and small",
    messages_a_day=(0.2, 0.6),
    active_days=(14, 14),
    invites=(0, 0),
    people=(1, 1),
    employees=(2, 15),
    meant=Motion.NO_TOUCH,
)
WEAK_AND_LARGE = Behaviour(
    "weak and large",
    messages_a_day=(0.2, 0.6),
    active_days=(14, 14),
    invites=(0, 0),
    people=(1, 1),
    employees=(300, 900),
    meant=Motion.NO_TOUCH,
)
IN_BETWEEN = Behaviour(
    "in between",
    messages_a_day=(6, 9),
    active_days=(14, 14),
    invites=(3, 5),
    people=(4, 5),
    employees=(15, 60),
)

TRIALS_UNDER_WAY = (
    Cohort(STRONG_AND_LARGE, accounts=12),
    Cohort(STRONG_AND_SMALL, accounts=14),
    Cohort(WEAK_AND_SMALL, accounts=20),
    Cohort(WEAK_AND_LARGE, accounts=6),
    Cohort(IN_BETWEEN, accounts=8),
)

"""Which usage score, as the bar, brings as many accounts a week as the reps can take. Pure."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from pql.definitions.model import DefinitionFile, Motion
from pql.definitions.writing import as_document, in_one_line
from segments.replay.looks import Looks, week_of
from segments.replay.outcomes import First, first_looks
from segments.replay.question import Capacity

HIGHEST_SCORE = 100


def find_cut_off(trail: pd.DataFrame, capacity: Capacity, looks: Looks) -> int | None:
    """The lowest score that no more accounts reach in a mean week than there is capacity for.

    `None` where more reach even the highest.
    """
    a_week = reached_by_week(trail, looks).mean(axis=1)
    fitting = np.flatnonzero(a_week[1:] <= capacity.accounts)
    return int(fitting[0]) + 1 if len(fitting) else None


def reached_by_week(trail: pd.DataFrame, looks: Looks) -> npt.NDArray[np.int64]:
    """How many accounts reach each score (0 to 100, rows) for the first time in each week.

    An account that rises from 40 to 55 reaches 41, 42, ..., 55. An unknown score reaches nothing.
    """
    scored = trail.loc[trail["score"].notna(), ["account_id", "look", "score"]]
    highest = scored.groupby("account_id")["score"].cummax().astype("int64")
    before = highest.groupby(scored["account_id"]).shift(fill_value=-1)
    rises = (highest > before) & (scored["look"] > 0)
    weeks = week_of(scored["look"].to_numpy(dtype=np.int64)[rises])
    steps = np.zeros((HIGHEST_SCORE + 2, looks.weeks), dtype=np.int64)
    np.add.at(steps, (before[rises].to_numpy() + 1, weeks), 1)
    np.add.at(steps, (highest[rises].to_numpy() + 1, weeks), -1)
    reached: npt.NDArray[np.int64] = steps.cumsum(axis=0)[: HIGHEST_SCORE + 1]
    return reached


def reaching(trail: pd.DataFrame, cut_off: int) -> First:
    """The look at which each account had the score first."""
    return first_looks(trail, trail["score"] >= cut_off)


def as_yaml(file: DefinitionFile, cut_off: int) -> str:
    """The file's motions with the bar in place of its rule for high-touch, as the file has them."""
    motions = as_document(file)["motions"] | {
        Motion.HIGH_TOUCH.value: {"usage_score": {"at_least": cut_off}}
    }
    rules = (f"  {name}: {in_one_line(rule)}" for name, rule in motions.items())
    return "\n".join(["motions:", *rules, ""])

"""For how many looks each account was known as what, and who is taken together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from segments.replay.knowledge import Lives
from segments.replay.looks import A_DAY, Looks, Numbers

AT_ONCE = 1_000_000
"""Accounts times looks that are measured together: what bounds the memory."""

TRIAL = ["account_id", "trial_started_at", "trial_ends_at"]


def runs_of(
    lives: Lives, looks: Looks, statuses: frozenset[str], paid_at: pd.Series[Any]
) -> pd.DataFrame:
    """Everybody while in one of these statuses: columns of `Lives`, the looks `first` to `end`.

    Looks at or after the conversion as it is known today (`paid_at`) are left out.
    """
    rows = lives.rows
    first = _first_look(rows["valid_from"], looks)
    follows = rows["account_id"].shift(-1) == rows["account_id"]
    end = np.where(follows, np.roll(first, -1), looks.count)
    paid = paid_at.reindex(rows["account_id"]).reset_index(drop=True)
    end = np.minimum(end, _first_look(paid.fillna(looks.last + A_DAY), looks))
    is_seen = rows["status"].isin(statuses).to_numpy() & (first < end)
    return rows.assign(first=first, end=end)[is_seen].reset_index(drop=True)


def some_at_a_time(runs: pd.DataFrame, looks: Looks) -> Iterator[pd.DataFrame]:
    """The runs of so many accounts, then those of the next."""
    accounts = pd.factorize(runs["account_id"])[0]  # by account, as the runs are
    part = accounts // max(1, AT_ONCE // looks.count)
    for _, some in runs.groupby(part):
        yield some.reset_index(drop=True)


def tracks_of(runs: pd.DataFrame) -> tuple[pd.DataFrame, Numbers]:
    """What metrics can tell apart: an account and its trial, whatever its status.

    Returns: the tracks as `Following.follow` takes them, and for each run the number of its track.
    """
    groups = runs.groupby(TRIAL, dropna=False, sort=False)
    tracks = groups.agg(first=("first", "min"), end=("end", "max")).reset_index()
    return tracks, groups.ngroup().to_numpy().astype(np.int64)


def moments_of(runs: pd.DataFrame, tracks: Numbers, looks: Looks) -> pd.DataFrame:
    """A row for each look of each run, by account and look, with `look`, `as_of` and `track`."""
    lengths = (runs["end"] - runs["first"]).to_numpy()
    begins = np.cumsum(lengths) - lengths
    places = np.repeat(np.arange(len(runs)), lengths)
    moments = runs.drop(columns=["valid_from", "first", "end"]).iloc[places]
    look = np.arange(len(places)) - (begins - runs["first"].to_numpy())[places]
    moments = moments.assign(track=tracks[places], look=look).reset_index(drop=True)
    return moments.assign(as_of=looks.daily.times(moments["look"]))


def _first_look(at: pd.Series[Any], looks: Looks) -> Numbers:
    """The first look that is not before each time."""
    days = ((at - looks.first) / A_DAY).to_numpy(dtype=np.float64)
    return np.clip(np.ceil(days), 0, looks.count).astype(np.int64)

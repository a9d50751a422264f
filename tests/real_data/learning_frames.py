"""The learning product's figures by pandas alone: nothing here knows the service."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class LearningFrames:
    """Registrations with their first purchase in days, and lessons with their day of the trial."""

    accounts: pd.DataFrame
    lessons: pd.DataFrame
    ends: pd.Timestamp

    @property
    def watched_days(self) -> "pd.Series[int]":
        """From each registration to the last thing that was recorded."""
        days: pd.Series[int] = (self.ends - self.accounts["started"]).dt.days
        return days

    def minutes_of_first_day(self) -> "pd.Series[float]":
        """Of each registration; 0 without a lesson."""
        first = self.lessons[self.lessons["day"] == 0]
        minutes: pd.Series[float] = first.groupby("account_id")["minutes"].sum()
        return minutes.reindex(self.accounts.index).fillna(0.0)


def read_frames(folder: Path) -> LearningFrames:
    """Read the three files."""
    accounts = pd.read_csv(
        folder / "accounts.csv", keep_default_na=False, parse_dates=["trial_started_on"]
    ).set_index("account_id")
    events = pd.read_csv(folder / "events.csv.gz", parse_dates=["date"])
    purchases = pd.read_csv(folder / "purchases.csv", parse_dates=["date"])
    started = accounts["trial_started_on"]
    first = purchases.groupby("account_id")["date"].min().reindex(accounts.index)
    events["day"] = (events["date"] - events["account_id"].map(started)).dt.days
    return LearningFrames(
        accounts=pd.DataFrame({"started": started, "paid_on_day": (first - started).dt.days}),
        lessons=events[events["event"] == "lesson_watched"],
        ends=max(events["date"].max(), purchases["date"].max()),
    )


def conversions_from(
    frames: LearningFrames, values: "pd.Series[float]", low: float, below: float, days: int
) -> tuple[int, int]:
    """Of those open and mature after day 1 with a value in a bin: how many bought, and of how many.

    Bought is within so many days after the first.
    """
    paid = frames.accounts["paid_on_day"]
    population = ~(paid < 1) & (frames.watched_days >= 1 + days)
    inside = population & (values >= low) & (values < below)
    bought = inside & (paid >= 1) & (paid < 1 + days)
    return int(np.sum(bought)), int(np.sum(inside))

"""Whether usage and outcomes were recorded until the same date: if not, one looks like nothing."""

from __future__ import annotations

from collections.abc import Iterator
from math import log

import numpy as np
import pandas as pd

from pql.statistics.breaks import UNLIKELY
from pql.trials import Evidence

NEAR = pd.Timedelta(days=7)
"""A gap of so many days is told of no product: some are closed for a week."""
REMEDY = "If recording ended then, say --until {date} (until in the API)."


def recording_notices(evidence: Evidence) -> Iterator[str]:
    """One where the last outcome is much earlier than the last event, or later, by no accident.

    Outcomes are payments and departures. Without any for so long there would have been a chance
    below one in a thousand, at the rate at which they came before.
    """
    recording = evidence.recording
    times = pd.concat([evidence.trials["converted_at"], evidence.trials["churned_at"]])
    outcomes = times[times <= evidence.as_of]
    if recording is None or outcomes.empty:
        return
    first, last = pd.Timestamp(outcomes.min()), pd.Timestamp(outcomes.max())
    usage_ends, outcomes_end = _date(evidence, recording.last_event), _date(evidence, last)
    silence = recording.last_event - last
    if silence > NEAR and _is_no_accident(len(outcomes), last - first, silence):
        yield (
            f"Usage was recorded until {usage_ends}, the last outcome is of {outcomes_end}: trials "
            "of the time between look as if they did not convert. "
            f"{REMEDY.format(date=outcomes_end)}"
        )
    elif -silence > NEAR:
        yield (
            f"Outcomes are known until {outcomes_end}, usage only until {usage_ends}: what trials "
            "did after that is unknown, and looks like nothing. "
            f"{REMEDY.format(date=usage_ends)}"
        )


def _is_no_accident(number: int, span: pd.Timedelta, silence: pd.Timedelta) -> bool:
    expected = number * (silence / max(span, NEAR))
    return bool(-expected < log(UNLIKELY))


def _date(evidence: Evidence, at: pd.Timestamp) -> str:
    return str(evidence.calendar.dates(np.array([at], dtype="datetime64[us]"))[0])

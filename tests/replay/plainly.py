"""What a replay must decide, look by look and account by account: slow and obvious."""

import pandas as pd

from segments.replay.judging import Side, judge
from segments.replay.knowledge import Lives
from segments.replay.looks import Looks
from segments.replay.walking import Past, paid_at

DECIDED = ["pql", "score", "motion", "potential"]


def looked_at(lives: Lives, look: int, looks: Looks, statuses: frozenset[str]) -> pd.DataFrame:
    """Everybody in one of these statuses at a look before the conversion."""
    at = looks.at(look)
    known = lives.at(at)
    paid = paid_at(lives).reindex(known["account_id"]).to_numpy()
    seen = known[known["status"].isin(statuses).to_numpy() & ~(paid <= at.to_datetime64())]
    as_of = pd.Series(at, seen.index, dtype="datetime64[us]")
    return seen.assign(look=look, as_of=as_of).reset_index(drop=True)


def decide_each_look(past: Past, side: Side) -> pd.DataFrame:
    """The decisions of the side's only definition on everybody at every look."""
    trails = []
    for part in past.looks.parts():
        benchmarks = side.benchmarks.at(past.looks.at(part.start))
        for look in part:
            moments = looked_at(side.lives, look, past.looks, side.statuses)
            measured = past.events.measure(side.metrics, moments)
            for _, judged in judge(side, moments, measured, past.traits, benchmarks):
                trails.append(judged.trail)
    return pd.concat(trails, ignore_index=True) if trails else pd.DataFrame()


def seen_at(trail: pd.DataFrame, account_id: int, look: int) -> tuple[object, ...]:
    """What a trail says of an account at a look: what it said last."""
    rows = trail[(trail["account_id"] == account_id) & (trail["look"] <= look)]
    return tuple(rows.iloc[-1][DECIDED])

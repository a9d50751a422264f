"""Events like another of the load: which need a look of their own, and what is true of the rest."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pql.accounts.facts import FactReader
from usage_ingest.identity.placed import Placed
from usage_ingest.identity.placing import People
from usage_ingest.translating.columns import moment_of
from usage_ingest.translating.taken import Taken


def tell_of_status(taken: Taken, reader: FactReader) -> npt.NDArray[np.bool_]:
    """For each of them, whether it starts a status by its name: then its own time matters."""
    names = taken.columns["name"].take(pa.array(taken.alike.rows))
    telling = [name for name in names.unique().to_pylist() if reader.tells(name)]
    told = pc.is_in(names, value_set=pa.array(telling, pa.string()))
    return np.asarray(told.to_numpy(zero_copy_only=False), np.bool_)


def may_move(stored: Taken, people: People) -> npt.NDArray[np.bool_]:
    """For each of them, whether it may count for another account than the one it is like."""
    moves = people.may_move(stored.events)
    firsts = set(stored.alike.firsts.tolist())
    events = zip(stored.messages, stored.events, strict=True)
    return stored.alike.like(
        message.row for message, event in events if message.row in firsts and moves(event)
    )


def see(stored: Taken, placed: Sequence[Placed]) -> None:
    """Let people and accounts be seen when the first and the last of them happened."""
    firsts = stored.places_of_firsts
    happened = stored.columns["occurred_at"].cast(pa.int64()).to_numpy()[stored.alike.rows]
    earliest = np.full(len(placed), np.iinfo(np.int64).max)
    latest = np.full(len(placed), np.iinfo(np.int64).min)
    np.minimum.at(earliest, firsts, happened)
    np.maximum.at(latest, firsts, happened)
    for place in np.unique(firsts).tolist():
        placed[place].see(moment_of(earliest[place]))
        placed[place].see(moment_of(latest[place]))

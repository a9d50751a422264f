"""The line of what waits in the journal: which entries the next load takes.

A line for each source, the oldest first, and its order is kept. Where more waits than one load
takes, workspaces share the load evenly, and the sources of a workspace share its part: who floods
waits behind itself, and what others sent goes in with the next load.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import NamedTuple

from sqlalchemy import Connection, func, select, text

from pql.state.store import State, json_text
from usage_ingest.journal import JOURNAL, request_of

LARGEST_EVENTS = 10_000
LARGEST_BYTES = 32 * 1024 * 1024
"""An entry with more than that is not loaded as a whole: see `translating/cutting.py`."""
EVENTS_IN_A_PART = 2_500
"""Of an entry that was cut: less than a second's work, whatever the events are about."""

# Every workspace, then every source of each, by steps from one to the next in the index: what is
# read are as many rows as there are sources, however many entries wait.
_SENDERS = """
    WITH RECURSIVE workspaces(number) AS (
        SELECT min(workspace_id) FROM {journal}
        UNION ALL
        SELECT (SELECT min(entry.workspace_id) FROM {journal} AS entry
                WHERE entry.workspace_id > workspaces.number)
        FROM workspaces WHERE workspaces.number IS NOT NULL
    ), senders(workspace_id, source_id) AS (
        SELECT workspaces.number, (SELECT min(entry.source_id) FROM {journal} AS entry
                WHERE entry.workspace_id = workspaces.number AND entry.source_id >= 0)
        FROM workspaces WHERE workspaces.number IS NOT NULL
        UNION ALL
        SELECT senders.workspace_id, (SELECT min(entry.source_id) FROM {journal} AS entry
                WHERE entry.workspace_id = senders.workspace_id
                    AND entry.source_id > senders.source_id)
        FROM senders WHERE senders.source_id IS NOT NULL
    )
"""
# The last step of each workspace has no source: it stands for what has none, such as imports,
# where there is any.
_ALL = """
    SELECT workspace_id, source_id FROM senders WHERE source_id IS NOT NULL OR EXISTS (
        SELECT 1 FROM {journal} AS entry
        WHERE entry.workspace_id = senders.workspace_id AND entry.source_id IS NULL
    )
"""
_COLUMNS = "own.id, own.workspace_id, own.source_id, own.events, length(own.body)"
_FIRST_ON_SQLITE = """
    SELECT {columns} FROM json_each(:senders) AS sender JOIN {journal} AS own ON own.id IN (
        SELECT entry.id FROM {journal} AS entry
        WHERE entry.workspace_id = json_extract(sender.value, '$[0]')
            AND entry.source_id IS json_extract(sender.value, '$[1]')
        ORDER BY entry.id LIMIT :most
    )
"""
# PostgreSQL finds nothing in an index by `IS NOT DISTINCT FROM`.
_FIRST_ON_POSTGRES = """
    SELECT first.* FROM (
        SELECT CAST(value ->> 0 AS bigint) AS workspace_id, CAST(value ->> 1 AS bigint) AS source_id
        FROM jsonb_array_elements(CAST(:senders AS jsonb)) AS value
    ) AS sender CROSS JOIN LATERAL (
        (SELECT {columns} FROM {journal} AS own
        WHERE own.workspace_id = sender.workspace_id AND own.source_id = sender.source_id
        ORDER BY own.id LIMIT :most)
        UNION ALL
        (SELECT {columns} FROM {journal} AS own
        WHERE sender.source_id IS NULL
            AND own.workspace_id = sender.workspace_id AND own.source_id IS NULL
        ORDER BY own.id LIMIT :most)
    ) AS first
"""


Sender = tuple[int, int | None]
"""A workspace and a source of it."""


class Waiting(NamedTuple):
    """An entry in the line, without its body. `size` is in bytes."""

    id: int
    workspace_id: int
    source_id: int | None
    events: int
    size: int

    def is_too_large(self, limits: LoadLimits) -> bool:
        """Whether it has to be cut before it is loaded. A part never has."""
        if self.id < 0 or self.events <= 1:
            return False
        # Half a load at most, so that there is room for others beside it.
        largest = min(LARGEST_EVENTS, max(EVENTS_IN_A_PART, limits.events // 2))
        return self.events > largest or self.size > LARGEST_BYTES

    @property
    def age(self) -> tuple[int, int]:
        """Lower for what came earlier; the parts of a request have its place."""
        return request_of(self.id)


@dataclass(frozen=True, slots=True)
class LoadLimits:
    """What one load takes at most."""

    entries: int
    events: int
    size: int

    def cost(self, entry: Waiting) -> float:
        """Which part of a load an entry takes up."""
        return max(1 / self.entries, entry.events / self.events, entry.size / self.size)


@dataclass(frozen=True, slots=True)
class Choice:
    """Ids of entries, the oldest first. Behind one that is `too_large` its source waits.

    `behind` are the workspaces of which more waits than was chosen.
    """

    ids: Sequence[int]
    too_large: Sequence[int] = ()
    behind: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Scope:
    """Which entries are looked at.

    Args:
        except_ids: entries that are passed over: they are staged, and still there.
        only: the workspaces whose entries are looked at; all where it is None.
        without: workspaces whose entries are not.
    """

    except_ids: Collection[int] = ()
    only: Collection[int] | None = None
    without: Collection[int] = ()

    def covers(self, workspace_id: int) -> bool:
        """Whether the entries of a workspace are looked at."""
        return (self.only is None or workspace_id in self.only) and workspace_id not in self.without


ALL = Scope()


def choose(state: State, limits: LoadLimits, scope: Scope = ALL) -> Choice:
    """The entries of the next load, at least one if there is any that can be loaded.

    No position is remembered between reads: on PostgreSQL an entry with a lower id may become
    visible after one with a higher id, and would be passed over.
    """
    window = limits.entries + len(scope.except_ids) + 1
    with state.journal_engine.connect() as connection:
        # Who is left out has a backlog: the oldest of all would be theirs.
        found = set() if scope.without else _oldest(connection, window)
        if scope.without or len(found) == window:
            found |= _first_of_each(connection, window, scope, is_sqlite=state.is_sqlite)
    passed_over = set(scope.except_ids)
    asked = (each for each in found if scope.covers(each.workspace_id))
    return share([each for each in asked if each.id not in passed_over], limits)


def share(waiting: Iterable[Waiting], limits: LoadLimits) -> Choice:
    """Divide a load evenly among workspaces, and among the sources of each.

    Source: A. Demers et al., "Analysis and simulation of a fair queueing algorithm" (1989), in two
    levels. An entry ends where those before it in its own line and itself do; whose ends first goes
    first, so little never waits for much. The oldest of all goes in any case: much gets on as well.
    """
    ordered = sorted(waiting, key=lambda entry: entry.age)
    oldest = ordered[:1]
    ordered = _in_turn(ordered, limits, lambda entry: (entry.workspace_id, entry.source_id))
    ordered = _in_turn(ordered, limits, lambda entry: entry.workspace_id)
    ordered = [*oldest, *(entry for entry in ordered if entry not in oldest)]
    chosen: list[int] = []
    too_large: list[int] = []
    blocked: set[Sender] = set()
    entries, events, size = limits.entries, limits.events, limits.size
    for entry in ordered:
        sender = entry.workspace_id, entry.source_id
        if sender in blocked:
            continue
        if entry.is_too_large(limits):
            too_large.append(entry.id)
            blocked.add(sender)
        elif chosen and (not entries or entry.events > events or entry.size > size):
            blocked.add(sender)
        else:
            chosen.append(entry.id)
            entries, events, size = entries - 1, events - entry.events, size - entry.size
    return Choice(sorted(chosen), too_large, sorted({workspace_id for workspace_id, _ in blocked}))


def _in_turn(
    ordered: Iterable[Waiting], limits: LoadLimits, line_of: Callable[[Waiting], Hashable]
) -> list[Waiting]:
    """The entries by where they end in their lines, each line in the order given."""
    ends: defaultdict[Hashable, float] = defaultdict(float)
    found: list[tuple[float, Waiting]] = []
    for entry in ordered:
        line = line_of(entry)
        ends[line] += limits.cost(entry)
        found.append((ends[line], entry))
    return [entry for _, entry in sorted(found, key=itemgetter(0))]


def _oldest(connection: Connection, most: int) -> set[Waiting]:
    columns = (JOURNAL.c.id, JOURNAL.c.workspace_id, JOURNAL.c.source_id, JOURNAL.c.events)
    oldest = select(*columns, func.length(JOURNAL.c.body)).order_by(JOURNAL.c.id).limit(most)
    return {Waiting(*row) for row in connection.execute(oldest)}


def _first_of_each(
    connection: Connection, most: int, scope: Scope = ALL, *, is_sqlite: bool
) -> set[Waiting]:
    """The oldest of each source: about `most` in all, and at least one of each.

    Workspaces share these evenly too, or few would be seen of one that stands beside many sources.
    """
    table = "journal_entry" if is_sqlite else "journal.journal_entry"
    names = {"journal": table, "columns": _COLUMNS}
    first = text((_FIRST_ON_SQLITE if is_sqlite else _FIRST_ON_POSTGRES).format(**names))
    found: set[Waiting] = set()
    senders = connection.execute(text((_SENDERS + _ALL).format(**names)))
    asked = [(row[0], row[1]) for row in senders if scope.covers(row[0])]
    for shown, some in _by_number_shown(asked, most).items():
        rows = connection.execute(first, {"senders": json_text(some), "most": shown})
        found.update(Waiting(*row) for row in rows)
    return found


def _by_number_shown(senders: Sequence[Sender], most: int) -> dict[int, list[Sender]]:
    """Sources by how many entries of each are looked at: a power of two, so there are few."""
    sources = Counter(workspace_id for workspace_id, _ in senders)
    found: defaultdict[int, list[Sender]] = defaultdict(list)
    for sender in senders:
        share = max(1, most // len(sources) // sources[sender[0]])
        found[1 << (share.bit_length() - 1)].append(sender)
    return found

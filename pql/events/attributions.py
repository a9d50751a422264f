"""What a batch's attributions come to, taken together."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, dataclass

import pyarrow as pa

from pql.events.schema import ATTRIBUTION_SCHEMA


@dataclass(slots=True)
class _Move:
    """Where the stored events of a contact end up."""

    workspace_id: int
    from_contact_id: int
    to_contact_id: int
    account_id: int | None = None

    def go_on(self, to_contact_id: int, account_id: int | None) -> None:
        self.to_contact_id = to_contact_id
        if self.account_id is None:
            self.account_id = account_id


def settle(attributions: pa.Table) -> pa.Table:
    """One row for each contact whose events move, as if the rows were applied one after another.

    Both tables follow `ATTRIBUTION_SCHEMA`. A contact that moves on within the batch (A becomes B,
    B becomes C) takes along what it was given; the first account given to events without one stays.
    """
    moves: dict[tuple[int, int], _Move] = {}
    moves_by_place: defaultdict[tuple[int, int], list[_Move]] = defaultdict(list)
    for row in attributions.to_pylist():
        workspace_id = row["workspace_id"]
        origin = (workspace_id, row["from_contact_id"])
        if origin not in moves:
            moves[origin] = _Move(*origin, to_contact_id=origin[1])
            moves_by_place[origin].append(moves[origin])
        leaving = moves_by_place.pop(origin, [])
        for move in leaving:
            move.go_on(row["to_contact_id"], row["account_id"])
        moves_by_place[workspace_id, row["to_contact_id"]].extend(leaving)
    return _table(list(moves.values()))


def _table(moves: list[_Move]) -> pa.Table:
    return pa.Table.from_pylist([asdict(move) for move in moves], schema=ATTRIBUTION_SCHEMA)

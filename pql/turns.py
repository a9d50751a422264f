"""Work for one workspace after the other, where one that fails holds up no other."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import TypeVar

from pql.faults import PlainError, summary
from pql.leases import LeaseLost

Work = TypeVar("Work", bound=Collection[object])


class WorkspacesFailed(PlainError):
    """Work for some workspaces failed, and that for the others is done. The text says which."""


def in_turns(
    work: Mapping[int, Work], do: Callable[[int, Work], object]
) -> Mapping[int, Exception]:
    """Do the work of each workspace, the least first; why it failed, by workspace.

    What has little to do does not wait for what has much.

    Raises:
        pql.leases.LeaseLost: at once, from `do`.
    """
    errors: dict[int, Exception] = {}
    for workspace_id in sorted(work, key=lambda each: (len(work[each]), each)):
        try:
            do(workspace_id, work[workspace_id])
        except LeaseLost:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the others are not to wait
            errors[workspace_id] = error
    return errors


def tell(errors: Mapping[int, Exception]) -> None:
    """Say what failed, once the others are done.

    Raises:
        WorkspacesFailed: anything did.
    """
    if errors:
        told = (f"workspace {number}: {summary(error)}" for number, error in errors.items())
        raise WorkspacesFailed("; ".join(told)) from next(iter(errors.values()))

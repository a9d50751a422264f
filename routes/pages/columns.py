"""The columns of the lists, and what a click on a heading sorts by."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    """A heading. `sort` is what a click asks for, `None` where the column is not sorted by.

    `direction` is what `aria-sort` says: `ascending`, `descending` or `none`.
    """

    title: str
    sort: str | None = None
    direction: str = "none"
    is_number: bool = False


def account_columns(sort: str) -> list[Column]:
    """The columns of the list of accounts when it is sorted by `sort`."""
    return [
        _sortable("Account", "name", sort),
        _sortable("Motion", "-motion", sort),
        _sortable("Score", "-score", sort),
        Column("Why"),
        Column("Status"),
        Column("People", is_number=True),
        _sortable("Last seen", "-last_seen", sort),
    ]


def lead_columns(sort: str) -> list[Column]:
    """The columns of the list of leads when it is sorted by `sort`."""
    return [
        _sortable("Person", "email", sort),
        Column("Stage"),
        _sortable("Score", "-score", sort),
        Column("Why"),
        Column("Account"),
        _sortable("In this stage since", "-stage_since", sort),
        Column("Decision"),
    ]


def _sortable(title: str, first: str, sort: str) -> Column:
    """A heading that sorts by `first` and, clicked again, the other way round."""
    name = first.removeprefix("-")
    if sort.removeprefix("-") != name:
        return Column(title, first)
    other = name if sort.startswith("-") else f"-{name}"
    return Column(title, other, "descending" if sort.startswith("-") else "ascending")

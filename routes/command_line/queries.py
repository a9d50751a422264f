"""`pql import accounts|events|outcomes|leads --sql URL --query SQL`: rows of a database."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import click

from pql.events.opening import ask_event_store
from pql.settings import Settings
from pql.state.opening import opened_state
from pql.workspaces import find_workspace
from routes.command_line.import_progress import follow
from routes.command_line.importing import (
    import_context,
    progress_bar,
    report,
    telling_mistakes,
    wait_until_evaluated,
    worker_beside,
)
from routes.logging import set_up_logging
from usage_ingest.importers.database_rows import has_password, open_query
from usage_ingest.importers.mapping_files import read_mapping_file
from usage_ingest.importers.message_ids import counting_occurrences
from usage_ingest.importers.rejections import rejecting_to
from usage_ingest.importers.running import check_columns, import_rows

FROM_ENVIRONMENT, FROM_FILE = "env:", "file:"
SEEN_BY_OTHERS = (
    "Others on this machine can see a password on the command line: "
    "give --sql env:NAME or --sql file:PATH instead."
)


def import_query(
    settings: Settings,
    *,
    kind: str,
    address: str,
    query: str,
    mapping_file: Path,
    workspace_name: str,
    rejected_file: Path | None,
) -> None:
    """Import what a query gives in a database. Importing it again changes nothing."""
    set_up_logging(replace(settings, log_level="error"))  # the bar says what goes on
    rejected_to = rejected_file or Path(f"{kind}.rejected.csv")
    with (
        telling_mistakes(),
        open_query(_read_address(address), _read_query(query)) as rows,
        opened_state(settings) as state,
    ):
        mapping = read_mapping_file(mapping_file, kind)
        check_columns(rows, mapping)
        with state.reading() as session:
            workspace_id = find_workspace(session, workspace_name).id
        context = import_context(state, workspace_id, mapping)
        with (
            progress_bar() as bar,
            worker_beside(settings, state),
            rejecting_to(rejected_to) as rejections,
            counting_occurrences() as occurrences,
        ):
            chunks = import_rows(
                state,
                ask_event_store(settings),
                workspace_id,
                rows,
                context,
                rejections=rejections,
                occurrences=occurrences,
            )
            done = follow(chunks, state, workspace_id, None, bar)
            wait_until_evaluated(state, workspace_id, bar)
    report(done, rejected_to)


def _read_address(given: str) -> str:
    """The address of a database; where it is on the command line with a password, that is told."""
    if given.startswith(FROM_ENVIRONMENT):
        name = given.removeprefix(FROM_ENVIRONMENT)
        if not os.environ.get(name):
            raise click.BadParameter(f"the environment has no {name}", param_hint="--sql")
        return os.environ[name]
    if given.startswith(FROM_FILE):
        return _content(given, "--sql")
    if has_password(given):
        click.echo(SEEN_BY_OTHERS, err=True)
    return given


def _read_query(given: str) -> str:
    return _content(given, "--query") if given.startswith(FROM_FILE) else given


def _content(given: str, option: str) -> str:
    path = Path(given.removeprefix(FROM_FILE))
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeError) as error:
        raise click.BadParameter(f"{path} cannot be read", param_hint=option) from error

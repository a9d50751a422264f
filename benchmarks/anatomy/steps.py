"""The steps that an event goes through, by the functions that take them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from benchmarks.anatomy.stopwatch import Place
from pql.events.duckdb_store import DuckDBEventStore
from pql.leads import evaluation as leads
from routes.ingest import intake
from routes.ingest.keys import KeyRing
from segments import evaluation
from usage_ingest import journal
from usage_ingest.backpressure import JournalGauge
from usage_ingest.group_commit import Journal
from usage_ingest.loading import batches, deciding, loader, staging, workspace_loading
from usage_ingest.loading.workspace_loading import WorkspaceLoad
from usage_ingest.translating import reading

Steps = Mapping[str, Sequence[Place]]

INTAKE: Steps = {
    "read and unpack the body": [(intake, "receive_body"), (intake, "unpack_body")],
    "key": [(intake, "sent_key"), (KeyRing, "find")],
    "take apart and count": [(intake.Intake, "_take_apart")],
    "room in the journal": [(JournalGauge, "take_room")],
    "append and commit": [(Journal, "append")],
    "the rest of intake": [(intake.Intake, "accept")],
}

LOADER: Steps = {
    "read the journal": [
        (reading, "choose"),
        (journal, "read"),
        (journal, "has_entries"),
    ],
    "decode and translate": [(reading, "translate_entries")],
    "judge: stored before?": [
        (WorkspaceLoad, "_look_up"),
        (workspace_loading, "judge"),
    ],
    "read people and accounts": [(workspace_loading, "read_people")],
    "identity: whose it is": [(WorkspaceLoad, "_place")],
    "write people and facts": [
        (workspace_loading, "write_people"),
        (workspace_loading, "add_facts"),
        (workspace_loading, "settle_accounts"),
        (WorkspaceLoad, "_learn"),
    ],
    "filters": [
        (workspace_loading, "mark_filtered_events"),
        (workspace_loading, "mark_events_of_internal_accounts"),
    ],
    "queue who changed": [(WorkspaceLoad, "_mark_changed")],
    "columns": [(reading, "taken"), (batches, "events_table"), (batches, "together")],
    "counts and live view": [
        (workspace_loading, "remember"),
        (workspace_loading, "count_fates"),
        (staging, "add_counts"),
    ],
    "stage and commit": [(staging, "_write"), (deciding.Decision, "_write")],
    "append to the event store": [(DuckDBEventStore, "append")],
    "delete from the journal": [(journal, "delete_entries"), (loader, "publish")],
    "the rest of the load": [(loader, "finish_staged"), (deciding.Decision, "stage")],
}

ACCOUNTS: Steps = {
    "read accounts": [
        (evaluation, "take_changes"),
        (evaluation, "load_current"),
        (evaluation, "read_accounts"),
        (evaluation, "read_standings"),
    ],
    "measure": [(evaluation, "numbers_that_hold"), (evaluation, "measure_accounts")],
    "write and finish": [(evaluation, "write_outcomes"), (evaluation, "finish_changes")],
    "decide, and commit": [(evaluation, "evaluate_changed")],
}

CONTACTS: Steps = {
    "read contacts and activities": [
        (leads, "take_changes"),
        (leads, "read_activities"),
        (leads, "read_knowledge"),
        (leads, "merge_leads"),
    ],
    "score and write": [(leads, "evaluate_changed_leads")],
}

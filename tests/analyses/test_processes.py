"""An analysis is a process: cancelled it ends, killed it fails, and the queue goes on."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest
from sqlalchemy import update

from benchmarks.service import eventually
from pql import analyses
from pql.definitions.versions import starter
from pql.leases import LeaseLost
from pql.state import models
from routes.analysis_kinds import DEFINITION_PLAN, KINDS
from routes.clock.analysing import run_analyses
from routes.clock.work import Work, clock
from tests.analyses.conftest import ask, shown

SLEEPS = "import os, sys, time; open(sys.argv[1] + sys.argv[2], 'w').write(f'{os.getpid()}\\n'); "
SLEEPS += "time.sleep(60)"


@pytest.fixture
def migrated_database_url(migrated_sqlite_url: str) -> str:
    """How a process ends does not depend on the database."""
    return migrated_sqlite_url


@contextmanager
def running(work: Work, notes: Path) -> Iterator[None]:
    """The job, with a program that notes its process id and sleeps."""
    program = (sys.executable, "-c", SLEEPS, f"{notes}/")
    job = threading.Thread(target=run_analyses, args=(work, clock(), program))
    job.start()
    try:
        yield
    finally:
        work.ending.set()
        job.join()


def process_of(notes: Path, analysis_id: int) -> int:
    note = notes / str(analysis_id)
    text = eventually("it runs", lambda: note.exists() and note.read_text())
    return int(text)


def is_gone(process: int) -> bool:
    return not Path(f"/proc/{process}").exists()


def state_of(work: Work, workspace_id: int, analysis_id: int) -> str:
    return shown(work.state, workspace_id, analysis_id).state


def test_a_killed_process_is_a_failed_analysis_and_the_next_one_runs(
    work: Work, workspace_id: int, tmp_path: Path
) -> None:
    first, second = ask(work.state, workspace_id), ask(work.state, workspace_id)
    with running(work, tmp_path):
        os.kill(process_of(tmp_path, first), signal.SIGKILL)
        process_of(tmp_path, second)
        failed = shown(work.state, workspace_id, first)
        assert failed.state == "failed"
        assert failed.error.startswith("its process was killed by signal 9")
        assert state_of(work, workspace_id, second) == "running"


def test_cancelling_ends_the_process(work: Work, workspace_id: int, tmp_path: Path) -> None:
    number = ask(work.state, workspace_id)
    with running(work, tmp_path):
        process = process_of(tmp_path, number)
        with work.state.writing() as session:
            analyses.cancel(session, workspace_id, number, clock())
        eventually("it is gone", lambda: is_gone(process))
    assert state_of(work, workspace_id, number) == "cancelled"


def test_a_worker_that_ends_lets_it_wait_again(
    work: Work, workspace_id: int, tmp_path: Path
) -> None:
    number = ask(work.state, workspace_id)
    with running(work, tmp_path):
        process = process_of(tmp_path, number)
    assert is_gone(process)
    assert state_of(work, workspace_id, number) == "queued"


def test_what_a_worker_before_left_running_is_done_again(
    work: Work, workspace_id: int, tmp_path: Path
) -> None:
    number = ask(work.state, workspace_id)
    with work.state.writing() as session:
        analyses.claim_next(session, clock())
    with running(work, tmp_path):
        process_of(tmp_path, number)
        assert state_of(work, workspace_id, number) == "running"


def test_who_has_not_the_lease_begins_nothing(work: Work, workspace_id: int) -> None:
    number = ask(work.state, workspace_id)
    with work.state.writing() as session:
        session.execute(update(models.Lease).values(epoch=models.Lease.epoch + 1))
    with pytest.raises(LeaseLost):
        run_analyses(work, clock())
    assert state_of(work, workspace_id, number) == "queued"


GREEDY = """
import sys
from routes import analysis_kinds
analysis_kinds.KINDS = {"a_kind": "tests.analyses.greedy:run"}
from routes.command_line import main
sys.exit(main(["analyse", *sys.argv[1:]]))
"""


def test_one_that_needs_too_much_memory_fails_by_itself_and_says_so(
    work: Work, workspace_id: int
) -> None:
    bounded = replace(work, settings=replace(work.settings, analysis_memory=512 * 1024**2))
    number = ask(work.state, workspace_id)
    assert run_analyses(bounded, clock(), (sys.executable, "-c", GREEDY)) == "1 ended"
    failed = shown(work.state, workspace_id, number)
    assert failed.state == "failed"
    assert failed.error.startswith("too large: it needs more than ANALYSIS_MEMORY (512 MiB); ask")


def test_a_kind_that_nobody_knows_fails_with_its_name(work: Work, workspace_id: int) -> None:
    number = ask(work.state, workspace_id, kind="unheard_of")
    assert run_analyses(work, clock()) == "1 ended"
    assert shown(work.state, workspace_id, number).error == (
        "AnalysisKindUnknown: this release knows no analyses of kind 'unheard_of'"
    )


def test_the_function_of_its_kind_gets_what_was_asked_and_its_answer_is_the_result(
    work: Work, workspace_id: int
) -> None:
    asked = {"text": starter(), "weeks": 2, "definition": None, "reps": None, "per_rep": None}
    number = ask(work.state, workspace_id, DEFINITION_PLAN, **asked)
    assert run_analyses(work, clock()) == "1 ended"
    with work.state.reading() as session:
        found = analyses.show_analysis(session, workspace_id, number)
    assert (found.summary.state, found.summary.error) == ("done", "")
    assert found.result is not None
    assert (found.result["changes"], found.result["connected_at"]) == ([], None)
    assert len(found.result["definitions"][0]["planned"]["weeks"]) == 2


@pytest.mark.parametrize("named", KINDS.values())
def test_every_kind_names_a_module_that_is_there(named: str) -> None:
    assert find_spec(named.partition(":")[0]) is not None

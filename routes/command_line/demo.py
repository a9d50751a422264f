"""`pql demo`: the whole idea on one machine, with simulated accounts."""

from __future__ import annotations

import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from importlib.resources import as_file, files
from pathlib import Path

import click
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

from pql.definitions.model import Motion
from pql.settings import Settings
from pql.simulation.model import Simulation
from pql.simulation.world import simulate
from pql.state.opening import opened_state
from pql.words import counted
from routes.command_line.listening import HIGHEST_PORT
from routes.console import Terminal
from routes.demonstration.asking import routed_accounts, why
from routes.demonstration.sending import NotDelivered, SdkMissing, Sender
from routes.demonstration.service import Service, ServiceFailed, running_service
from routes.demonstration.showing import Lists, differences, show_lists
from routes.demonstration.waiting import TookTooLong, Watch
from routes.logging import set_up_logging

WORKSPACE = "simulated"
SEED = 20260101


@click.command()
@click.option("--exit", "ends", is_flag=True, help="Stop after printing; 1 if anything is wrong.")
@click.option("--port", type=click.IntRange(1, HIGHEST_PORT), help="[default: a free one]")
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where the stores go; they stay.  [default: a scratch folder, removed at the end]",
)
@click.pass_obj
def demo(settings: Settings, ends: bool, port: int | None, folder: Path | None) -> None:
    """Start the service and play a simulated workspace through the Segment SDK.

    Prints which accounts get which sales motion and why, and keeps running until Ctrl-C.
    """
    set_up_logging(replace(settings, log_level="error"))  # the progress bars say what goes on
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    console = Terminal()
    with telling_mistakes(), scratch(folder) as used, running_service(used, port) as service:
        lists, simulation, admin_key = _play(service, console)
        show_lists(console, lists, partial(why, service.url, admin_key))
        wrong = differences(lists, simulation.meant)
        _conclude(console, simulation, wrong)
        if not ends:
            _stay(console, service, admin_key)
    if ends and wrong:
        raise SystemExit(1)


def _play(service: Service, console: Terminal) -> tuple[Lists, Simulation, str]:
    """Everything from the empty workspace to the evaluated accounts."""
    write_key, admin_key = _set_up(service)
    simulation = simulate(SEED, datetime.now(UTC))
    calls = len(simulation.people_calls) + len(simulation.usage_calls)
    console.print(
        f"[bold]Everything below is simulated:[/bold] {len(simulation.accounts)} accounts and "
        f"{calls:,} calls of the Segment SDK to {service.url}",
        markup=True,
    )
    with progress_bars(console) as bars:
        _send(service, write_key, simulation, bars)
        _evaluate(service, calls, bars)
    motions = (Motion.HIGH_TOUCH, Motion.LOW_TOUCH, Motion.NO_TOUCH)
    lists = {motion: routed_accounts(service.url, admin_key, motion) for motion in motions}
    return lists, simulation, admin_key


def _set_up(service: Service) -> tuple[str, str]:
    """Make the workspace with its definitions, a write key and an admin key."""
    service.command("workspace", "create", WORKSPACE)
    with as_file(files("pql.simulation") / "definitions.yaml") as definitions:
        service.command("definitions", "apply", str(definitions), "--workspace", WORKSPACE)
    return service.create_key(WORKSPACE, "write"), service.create_key(WORKSPACE, "admin")


def _send(service: Service, write_key: str, simulation: Simulation, bars: Progress) -> None:
    sender = Sender(service.url, write_key, len(simulation.usage_calls))
    try:
        for name, calls in (
            ("people sent", simulation.people_calls),
            ("events sent", simulation.usage_calls),
        ):
            bar = bars.add_task(name, total=len(calls))
            sender.send(calls, partial(_update, bars, bar))
    finally:
        sender.close()


def _evaluate(service: Service, calls: int, bars: Progress) -> None:
    with opened_state(service.settings) as state:
        watch = Watch(service.settings, state, WORKSPACE)
        loading = bars.add_task("events stored", total=calls)
        watch.wait_until_loaded(calls, partial(_update, bars, loading))
        evaluating = bars.add_task("accounts and people to evaluate", total=None)
        watch.refresh_benchmarks(partial(_update, bars, evaluating))
        bars.update(evaluating, total=1, completed=1, visible=False)


def _update(bars: Progress, bar: TaskID, completed: int) -> None:
    bars.update(bar, completed=completed)


def _conclude(console: Terminal, simulation: Simulation, wrong: list[str]) -> None:
    if wrong:
        said = f"{counted(len(wrong), 'account')} not routed as the simulation meant:"
        console.print(said, style="red")
        for difference in wrong:
            console.print(f"  {difference}")
    else:
        console.print(
            f"All {len(simulation.meant)} accounts with a clear case are routed as the simulation "
            "meant."
        )


def _stay(console: Terminal, service: Service, admin_key: str) -> None:
    console.print(
        f"\nOpen [bold]{service.url}[/bold] and sign in with this key: [bold]{admin_key}[/bold]\n"
        "Ctrl-C ends the demonstration.",
        markup=True,
    )
    try:
        while True:
            time.sleep(1)
    except KeyboardInterrupt:
        console.print("Ending.")


@contextmanager
def telling_mistakes() -> Iterator[None]:
    """What the service or the SDK said, in all its lines."""
    try:
        yield
    except (NotDelivered, SdkMissing, ServiceFailed, TookTooLong) as error:
        raise click.ClickException(str(error)) from error


@contextmanager
def scratch(folder: Path | None) -> Iterator[Path]:
    """The folder asked for, or a temporary one that is removed when the block ends."""
    if folder is not None:
        yield folder.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="pql-demo-") as temporary:
        yield Path(temporary)


def progress_bars(console: Terminal) -> Progress:
    """Bars with a count and the time so far."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
    )

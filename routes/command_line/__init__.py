"""The command line, `pql`: every command by name and the function that answers it."""

from __future__ import annotations

import sys
import warnings
from importlib import import_module
from typing import Any

import click
import structlog

from pql.private_files import made_private
from pql.settings import Settings, read_settings
from routes.command_line.options import USERS_MASK
from routes.logging import set_up_logging
from routes.terminal import escaped_output

# A command's module is imported when the command is asked for: `pql keys` need not wait for pandas.
COMMANDS = {
    "migrate": "routes.command_line.migrating:migrate",
    "workspace": "routes.command_line.workspaces:workspace",
    "keys": "routes.command_line.keys:keys",
    "serve": "routes.command_line.serving:serve",
    "web": "routes.command_line.web:web",
    "worker": "routes.command_line.worker:worker",
    "stats": "routes.command_line.stats:stats",
    "stores": "routes.command_line.stores:stores",
    "identity": "routes.command_line.identity:identity",
    "stripe": "routes.command_line.stripe:stripe",
    "quarantine": "routes.command_line.quarantine:quarantine",
    "import": "routes.command_line.imports:imports",
    "demo": "routes.command_line.demo:demo",
    "accounts": "routes.command_line.accounts:accounts",
    "leads": "routes.command_line.leads:leads",
    "definitions": "routes.command_line.definitions:definitions",
    "plan": "routes.command_line.plans:plan",
    "benchmarks": "routes.command_line.benchmarks:benchmarks",
    "finder": "routes.command_line.finding:finder",
    "fitted": "routes.command_line.fitted:fitted",
    "analyses": "routes.command_line.analyses:analyses",
    "analyse": "routes.command_line.analysing:analyse",
    "picture": "routes.command_line.pictures:picture",
}


SERVICES = frozenset({"serve", "web", "worker"})
"""Their logs are read by operators. Of the other commands a person reads the output, and what
libraries warn programmers of is no part of it."""
INTERRUPTED = 130
"""The exit code of a command that Ctrl-C ended, as shells have it: 128 and the signal."""
BEFORE_SETTINGS = Settings(database_url="", events_url="")
"""For what goes wrong before the settings are read: the settings that say nothing."""

log = structlog.get_logger(__name__)


class Registry(click.Group):
    """The commands of `COMMANDS`. What a user can mend is one line on stderr, never a traceback.

    What nobody foresaw is logged as every fault is, without the values it was about.
    """

    def main(self, *arguments: Any, **named: Any) -> Any:
        """Run the command that was asked for, and end the process."""
        with escaped_output():
            set_up_logging(BEFORE_SETTINGS)
            try:
                return super().main(*arguments, **named)
            except Exception as error:
                if not named.get("standalone_mode", True):
                    raise
                log.critical("the command failed", exc_info=error)
                sys.exit(1)

    def list_commands(self, _context: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, _context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module, _, function = COMMANDS[name].partition(":")
        command: click.Command = getattr(import_module(module), function)
        return command

    def invoke(self, context: click.Context) -> object:
        with made_private() as users_mask:
            context.meta[USERS_MASK] = users_mask
            return self._invoke(context)

    def _invoke(self, context: click.Context) -> object:
        try:
            return super().invoke(context)
        except KeyboardInterrupt:
            click.echo("Interrupted.", err=True)
            raise click.exceptions.Exit(INTERRUPTED) from None
        except (click.ClickException, click.Abort, click.exceptions.Exit, BrokenPipeError):
            raise  # of a pipe that is closed, click says nothing: whoever reads has enough
        except Exception as error:
            # Imported when there is an error: it names those of every part of the core.
            errors = import_module("routes.command_line.errors")
            if errors.is_expected(error):
                raise click.ClickException(errors.sentence(error)) from error
            raise


@click.command(cls=Registry, context_settings={"color": True})  # or click leaves codes out
@click.version_option(package_name="pql")
@click.pass_context
def main(context: click.Context) -> None:
    """Product-led sales: usage events in, accounts with their sales motion out."""
    context.obj = read_settings()
    set_up_logging(context.obj)
    if context.invoked_subcommand not in SERVICES:
        # After any other filter: what somebody asks Python to show is shown.
        warnings.simplefilter("ignore", append=True)

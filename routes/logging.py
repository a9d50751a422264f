"""Structured logs on stderr: a line for people (`LOG_FORMAT=console`) or for machines (`json`).

Keys and bodies of requests are never logged: log calls name what happened and count it, of an
exception what `pql.faults` tells is told, and of a library's records their constant text.
"""

from __future__ import annotations

import logging
import re
import sys
from typing import Any

import structlog

from pql.control_characters import escaped
from pql.faults import report, summary, watch_uncaught
from pql.settings import Settings
from routes.terminal import unescaped

QUIET = ("alembic", "apscheduler")
"""Who tells what is no news to an operator: of migrations, of runs left out while one lasts."""

ABOUT_PROCESSES = ("granian", "_granian")
"""Libraries whose texts name processes and files: what they say is logged as it is."""

WARNING_PLACE = re.compile(r".*?:\d+: \w+")
"""How `warnings` begins a text: the file, the line, the category. The message follows."""

log = structlog.get_logger(__name__)


def set_up_logging(settings: Settings) -> None:
    """Send structlog's and the standard library's records through one formatter. Safe to repeat."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = _Handler(unescaped(sys.stderr))
    handler.addFilter(_is_wanted)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, _tell_library],
            processors=[_tell_exception, *_last(settings)],
            use_get_message=False,  # the text as the library's code has it, without its values
            pass_foreign_args=True,
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.log_level.upper())
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.ERROR)
    logging.captureWarnings(capture=True)
    watch_uncaught(lambda event, error: log.critical(event, exc_info=error))


class _Handler(logging.StreamHandler[Any]):
    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - its name
        """Python's own would print the record and its values."""
        error = sys.exc_info()[1]
        if error is not None and not isinstance(error, BrokenPipeError):
            print(f"a log line of {record.name} is lost: {summary(error)}", file=sys.__stderr__)


def _is_wanted(record: logging.LogRecord) -> bool:
    """Ours, and what libraries warn of: what they say below that is about values."""
    return isinstance(record.msg, dict) or record.levelno >= logging.WARNING


def _tell_library(_logger: object, _name: str, event: Any) -> Any:
    """A library's record as the constant text that its values would be put into."""
    values, record = event.pop("positional_args", ()), event["_record"]
    if record.name == "py.warnings":
        place = WARNING_PLACE.match(str(values[0])) if values else None
        event["event"] = f"a library warns: {place[0] if place else 'somewhere'}"
    elif record.name.startswith(ABOUT_PROCESSES):
        event["event"] = event["event"].partition("\n")[0]  # the message of an error may follow
    elif not values:
        event["event"] = f"a library tells of something in {record.pathname}, line {record.lineno}"
    return event


def _tell_exception(_logger: object, _name: str, event: Any) -> Any:
    found = event.pop("exc_info", None)
    if found is True:
        found = sys.exc_info()
    error = found[1] if isinstance(found, tuple) else found
    if isinstance(error, BaseException):
        event["exception"] = report(error)
    return event


def _escape(_logger: object, _name: str, event: Any) -> Any:
    """Nothing that was sent steers the terminal. The lines of `report` are escaped already."""
    return {
        name: escaped(value) if isinstance(value, str) and name != "exception" else value
        for name, value in event.items()
    }


def _last(settings: Settings) -> list[structlog.typing.Processor]:
    strip = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    if settings.log_format == "json":
        return [strip, structlog.processors.JSONRenderer()]
    plain = structlog.dev.plain_traceback
    colors = sys.stderr.isatty()
    return [
        strip,
        _escape,
        structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=plain),
    ]

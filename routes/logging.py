"""Structured logs on stderr: a line for people (`LOG_FORMAT=console`) or for machines (`json`).

Keys and bodies of requests are never logged: log calls name what happened and count it.
"""

from __future__ import annotations

import logging
import sys

import structlog

from pql.settings import Settings

QUIET = ("alembic",)
"""Who tells at level info what is no news to an operator."""


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
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=_last(settings))
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.log_level.upper())
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.ERROR)


def _last(settings: Settings) -> list[structlog.typing.Processor]:
    strip = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    if settings.log_format == "json":
        return [strip, structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    return [strip, structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]

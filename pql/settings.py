"""Settings: the only place that reads the environment; everything else is passed a `Settings`."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from environs import FileAwareEnv

DEFAULT_FOLDER = Path("pql-data")


@dataclass(frozen=True, slots=True)
class Settings:
    """What an operator can set. Sizes are bytes; durations are seconds unless the name says."""

    database_url: str
    events_url: str
    secret_key: str | None = None
    web_processes: int = 1
    web_threads: int = 16
    body_limit: int = 20 * 1024 * 1024
    event_limit: int = 1024 * 1024
    events_per_request: int = 10_000
    journal_limit_events: int = 2_000_000
    journal_limit_bytes: int = 2 * 1024**3
    rate_limit_events: int = 0
    deduplication_days: int = 7
    late_days: int = 30
    quarantine_days: int = 90
    load_interval: float = 1.0
    lease_seconds: float = 5.0
    database_timeout: float = 10.0
    fitted_scores: bool = True
    log_level: str = "info"
    log_format: str = "console"

    @property
    def is_embedded(self) -> bool:
        """Whether the state is a SQLite file: one machine, and `pql serve` migrates by itself."""
        return self.database_url.startswith("sqlite:")

    @property
    def folder(self) -> Path:
        """Where files that belong to this installation live: beside the event store's file."""
        return Path(self.events_url.removeprefix("duckdb:///")).parent


def read_settings(environment_file: str | None = None) -> Settings:
    """Read the settings from the environment. `NAME_FILE` names a file that holds the value.

    Raises:
        environs.EnvError: a value has the wrong type; the message names the variable.
    """
    env = FileAwareEnv()
    if environment_file:
        env.read_env(environment_file)
    return Settings(
        database_url=env.str("DATABASE_URL", None) or f"sqlite:///{DEFAULT_FOLDER}/state.db",
        events_url=env.str("EVENTS_URL", f"duckdb:///{DEFAULT_FOLDER}/events.duckdb"),
        secret_key=env.str("SECRET_KEY", None),
        web_processes=env.int("WEB_PROCESSES", 1),
        web_threads=env.int("WEB_THREADS", 16),
        body_limit=env.int("BODY_LIMIT", 20 * 1024 * 1024),
        event_limit=env.int("EVENT_LIMIT", 1024 * 1024),
        events_per_request=env.int("EVENTS_PER_REQUEST", 10_000),
        journal_limit_events=env.int("JOURNAL_LIMIT_EVENTS", 2_000_000),
        journal_limit_bytes=env.int("JOURNAL_LIMIT_BYTES", 2 * 1024**3),
        rate_limit_events=env.int("RATE_LIMIT_EVENTS", 0),
        deduplication_days=env.int("DEDUPLICATION_DAYS", 7),
        late_days=env.int("LATE_DAYS", 30),
        quarantine_days=env.int("QUARANTINE_DAYS", 90),
        load_interval=env.float("LOAD_INTERVAL", 1.0),
        lease_seconds=env.float("LEASE_SECONDS", 5.0),
        database_timeout=env.float("DATABASE_TIMEOUT", 10.0),
        fitted_scores=env.bool("FITTED_SCORES", True),
        log_level=env.str("LOG_LEVEL", "info"),
        log_format=env.str("LOG_FORMAT", "console"),
    )


def environment_of(settings: Settings) -> dict[str, str]:
    """The environment of a child process that is to work on the stores of these settings."""
    stores = ("DATABASE_URL", "EVENTS_URL", "SECRET_KEY")
    ours = {*stores, *(f"{name}_FILE" for name in stores)}
    inherited = {name: value for name, value in os.environ.items() if name not in ours}
    return inherited | {
        "DATABASE_URL": settings.database_url,
        "EVENTS_URL": settings.events_url,
        "LATE_DAYS": str(settings.late_days),
        "LOG_LEVEL": settings.log_level,
    }

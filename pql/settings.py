"""Settings: the only place that reads the environment; everything else is passed a `Settings`."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from ipaddress import ip_network
from pathlib import Path

from environs import EnvError, EnvValidationError, FileAwareEnv

DEFAULT_FOLDER = Path("pql-data")
LONGEST_DAYS = 36_500
LONGEST_HOURS = 10 * 366 * 24
LARGEST = 2**62
RANGES: Mapping[str, tuple[float, float]] = {
    "web_processes": (1, 256),
    "web_threads": (1, 1_000),
    "web_connections": (1, 100_000),
    "body_seconds": (0.1, 3_600),
    "body_rate": (1, LARGEST),
    "body_limit": (1, LARGEST),
    "event_limit": (1, LARGEST),
    "events_per_request": (1, LARGEST),
    "journal_limit_events": (1, LARGEST),
    "journal_limit_bytes": (1, LARGEST),
    "deduplication_days": (0, LONGEST_DAYS),
    "late_days": (0, LONGEST_DAYS),
    "quarantine_days": (0, LONGEST_DAYS),
    "load_interval": (0.01, 3_600),
    "lease_seconds": (0.5, 3_600),
    "database_timeout": (0.1, 3_600),
    "session_hours": (1, LONGEST_HOURS),
    "session_idle_hours": (1, LONGEST_HOURS),
}
"""The least and the most of a setting that is a number; others are 0 or more."""
CHOICES: Mapping[str, tuple[str, ...]] = {
    "log_level": ("debug", "info", "warning", "error"),
    "log_format": ("console", "json"),
}


class SettingInvalid(ValueError):
    """A setting has a value that it cannot have, or names a file that cannot be read."""


MEBIBYTE, GIBIBYTE = 1024**2, 1024**3
UNITS = {"KIB": 1024, "MIB": MEBIBYTE, "GIB": GIBIBYTE, "KB": 1000, "MB": 1000**2, "GB": 1000**3}
EVENTS_MEMORY = 256 * MEBIBYTE
LEAST_EVENTS_MEMORY = 128 * MEBIBYTE
LEAST_ANALYSIS_MEMORY = 512 * MEBIBYTE
MOST_MEMORY = 1024 * GIBIBYTE


@dataclass(frozen=True, slots=True)
class Settings:
    """What an operator can set. Sizes are bytes; durations are seconds unless the name says."""

    database_url: str
    events_url: str
    events_memory: int = EVENTS_MEMORY
    analysis_memory: int = 2 * GIBIBYTE
    secret_key: str | None = None
    web_processes: int = 1
    web_threads: int = 16
    web_connections: int = 2_048
    body_seconds: float = 20.0
    body_rate: int = 64 * 1024
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
    trusted_proxies: tuple[str, ...] = ()
    session_hours: int = 168
    session_idle_hours: int = 12
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
        SettingInvalid: a value has the wrong type or is out of range; the message names the
            variable, and never the value of one that may hold a secret.
    """
    env = FileAwareEnv(strip_whitespace=True)  # a file ends with a line feed
    try:
        if environment_file:
            env.read_env(environment_file)
        settings = _read(env)
    except UnicodeDecodeError as error:
        raise SettingInvalid("a file that a setting names (NAME_FILE) is no text") from error
    except ValueError as error:
        raise SettingInvalid(str(error)) from error
    _require_sense(settings)
    return settings


def _read(env: FileAwareEnv) -> Settings:
    return Settings(
        database_url=env.str("DATABASE_URL", None) or f"sqlite:///{DEFAULT_FOLDER}/state.db",
        events_url=env.str("EVENTS_URL", f"duckdb:///{DEFAULT_FOLDER}/events.duckdb"),
        events_memory=_memory(env, "EVENTS_MEMORY", "256 MiB", LEAST_EVENTS_MEMORY),
        analysis_memory=_memory(env, "ANALYSIS_MEMORY", "2 GiB", LEAST_ANALYSIS_MEMORY),
        secret_key=env.str("SECRET_KEY", None),
        web_processes=env.int("WEB_PROCESSES", 1),
        web_threads=env.int("WEB_THREADS", 16),
        web_connections=env.int("WEB_CONNECTIONS", 2_048),
        body_seconds=env.float("BODY_SECONDS", 20.0),
        body_rate=env.int("BODY_RATE", 64 * 1024),
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
        trusted_proxies=_networks("TRUSTED_PROXIES", env.list("TRUSTED_PROXIES", [])),
        session_hours=env.int("SESSION_HOURS", 168),
        session_idle_hours=env.int("SESSION_IDLE_HOURS", 12),
        log_level=env.str("LOG_LEVEL", "info").lower(),
        log_format=env.str("LOG_FORMAT", "console"),
    )


def _require_sense(settings: Settings) -> None:
    for field in fields(settings):
        value = getattr(settings, field.name)
        if isinstance(value, int | float) and not isinstance(value, bool):
            least, most = RANGES.get(field.name, (0, LARGEST))
            if not least <= value <= most:  # not a number is in no range
                up_to = f" and at most {most:,}" if most < LARGEST else ""
                name = field.name.upper()
                raise SettingInvalid(f"{name} must be at least {least:,}{up_to}, not {value}")
        choices = CHOICES.get(field.name, ())
        if choices and value not in choices:
            raise SettingInvalid(f"{field.name.upper()} must be one of {', '.join(choices)}")


def _networks(name: str, texts: list[str]) -> tuple[str, ...]:
    """Addresses and networks, each as a network is written."""
    try:
        return tuple(str(ip_network(text.strip(), strict=False)) for text in texts if text.strip())
    except ValueError as error:
        raise EnvError(f"{name}: {error}; allowed: addresses and networks, with commas") from error


def _memory(env: FileAwareEnv, name: str, usual: str, least: int) -> int:
    text = env.str(name, usual)
    size = _size(text)
    if size is None or not least <= size <= MOST_MEMORY:
        allowed = f"a size from {least // MEBIBYTE} MiB to 1024 GiB, such as 512 MiB"
        raise EnvValidationError(f"{name} is {text!r}; allowed: {allowed}", [allowed])
    return size


def _size(text: str) -> int | None:
    """Bytes; `None` where the text says no size."""
    found = re.fullmatch(r"([0-9]{1,12}) ?([KMG]i?B)", text.strip(), re.IGNORECASE | re.ASCII)
    return found and int(found[1]) * UNITS[found[2].upper()]


def environment_of(settings: Settings) -> dict[str, str]:
    """The environment of a child process that is to work on the stores of these settings."""
    stores = ("DATABASE_URL", "EVENTS_URL", "SECRET_KEY")
    ours = {*stores, *(f"{name}_FILE" for name in stores)}
    inherited = {name: value for name, value in os.environ.items() if name not in ours}
    return inherited | {
        "DATABASE_URL": settings.database_url,
        "EVENTS_URL": settings.events_url,
        "EVENTS_MEMORY": f"{settings.events_memory // 1024} KiB",
        "ANALYSIS_MEMORY": f"{settings.analysis_memory // 1024} KiB",
        "LATE_DAYS": str(settings.late_days),
        "LOG_LEVEL": settings.log_level,
    }

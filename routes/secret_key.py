"""The key that signs session cookies: set by the operator, or made once and kept in a file."""

from __future__ import annotations

import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path

from sqlalchemy import make_url

from pql.private_files import make_folder
from pql.settings import Settings

FILE_NAME = "secret-key"
SHORTEST = 16
REMEDY = "restore it, or delete it: another is made, and who was signed in signs in again"


class SecretKeyUnusable(Exception):
    """The file of the key cannot be read, or holds none. The text says what to do."""


def read_secret_key(settings: Settings) -> str:
    """`SECRET_KEY` where it is set, else the key in a file that this machine's web processes share.

    Web processes on several machines need `SECRET_KEY`, or a sign-in holds on one machine only.

    Raises:
        SecretKeyUnusable: there is a file, but no key in it.
    """
    if settings.secret_key:
        return settings.secret_key
    file = installation_folder(settings) / FILE_NAME
    try:
        if not file.exists():
            _make(file)
        key = file.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise SecretKeyUnusable(f"{file} cannot be used ({error}): {REMEDY}") from error
    if len(key.strip()) < SHORTEST:  # anybody could sign a session by it
        raise SecretKeyUnusable(f"{file} holds no key: {REMEDY}")
    return key


def installation_folder(settings: Settings) -> Path:
    """Where secrets that only the web needs are kept in files of their own."""
    state_file = make_url(settings.database_url).database
    if settings.is_embedded and state_file:
        return Path(state_file).parent
    return settings.folder


def _make(file: Path) -> None:
    # Written in full before it gets its name, and never over another process's: all read one key.
    make_folder(file.parent)
    descriptor, draft = tempfile.mkstemp(dir=file.parent, prefix=f".{FILE_NAME}-")
    with os.fdopen(descriptor, "w") as opened:
        opened.write(secrets.token_urlsafe(32))
    with suppress(FileExistsError):
        os.link(draft, file)
    Path(draft).unlink()

"""Files that belong to this installation: no other user of the machine may read or enter them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PRIVATE_FILE, PRIVATE_FOLDER = 0o600, 0o700
OTHERS = 0o077
"""What group and others may do with a file; as a umask, all that is kept from them."""


@contextmanager
def made_private() -> Iterator[None]:
    """Whatever this process makes until the block ends is its user's alone, also in threads."""
    before = os.umask(OTHERS)
    try:
        yield
    finally:
        os.umask(before)


def make_folder(folder: Path) -> None:
    """Make a folder where it is missing, with those above it. One that is there stays as it is.

    Raises:
        OSError: it cannot be made.
    """
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    for each in reversed(missing):
        each.mkdir(PRIVATE_FOLDER, exist_ok=True)


def make_file(file: Path) -> None:
    """Make an empty file where it is missing. Whoever opens it says what is wrong if it cannot be.

    What SQLite makes beside a file (its `-wal` and `-shm`) has the mode of the file.
    """
    with suppress(OSError):
        os.close(os.open(file, os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE))


def tighten(path: Path) -> bool:
    """Keep others from a file or folder that is there; whether they are kept from it now."""
    try:
        mode = path.stat().st_mode
        if mode & OTHERS:
            path.chmod(mode & 0o7777 & ~OTHERS)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True

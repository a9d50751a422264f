"""Files that belong to this installation: no other user of the machine may read or enter them."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

PRIVATE_FILE, PRIVATE_FOLDER = 0o600, 0o700
OTHERS = 0o077
"""What group and others may do with a file; as a umask, all that is kept from them."""


@contextmanager
def made_private() -> Iterator[int]:
    """Whatever this process makes until the block ends is its user's alone, also in threads.

    Gives the umask that the user had.
    """
    before = os.umask(OTHERS)
    try:
        yield before
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

    What SQLite makes beside a file (its `-wal` and `-shm`) has the mode of the file. A file that is
    there is not even opened: to close it would end every lock that this process has on it, and
    SQLite's connections would write over one another (https://sqlite.org/howtocorrupt.html, 2.2).
    """
    with suppress(OSError):
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, PRIVATE_FILE))


def open_private(file: Path) -> TextIO:
    """Open a new text file for writing. Ends of lines and what is no UTF-8 are the caller's."""
    descriptor = os.open(file, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, PRIVATE_FILE)
    return os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace", newline="")


def tighten(path: Path) -> bool:
    """Keep others from a file or folder of ours, if it is there; whether they are kept from it."""
    try:
        found = path.stat()
        if found.st_mode & OTHERS and found.st_uid == os.geteuid():
            path.chmod(stat.S_IMODE(found.st_mode) & ~OTHERS)
        return not path.stat().st_mode & OTHERS
    except FileNotFoundError:
        return True
    except OSError:
        return False

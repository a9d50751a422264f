"""The files in a zip archive, one after another, and how many of them may be listed in it."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import IO, BinaryIO
from zipfile import BadZipFile, LargeZipFile, ZipFile, ZipInfo

from usage_ingest.importers.exports.found import is_export, natural
from usage_ingest.importers.open_file import UnreadableFile

LARGEST_DIRECTORY = 16 * 1024 * 1024
"""Bytes of the list of files in an archive, which is read as a whole."""
UNREADABLE = (BadZipFile, LargeZipFile, NotImplementedError, RuntimeError)
"""Damaged; packed or encrypted in a way that Python does not know."""

# Source: PKWARE, "APPNOTE.TXT", 4.3.16 and 4.3.14: how an archive ends.
END, END_OF_LARGE = b"PK\x05\x06", b"PK\x06\x06"
TAIL = 22 + 65_535 + 20 + 56
"""Bytes: the end, the longest comment, and what large archives have before both."""
SIZE, SIZE_OF_LARGE = struct.Struct("<12xL"), struct.Struct("<40xQ")
IS_LARGE = 0xFFFF_FFFF


def members(raw: BinaryIO) -> Iterator[tuple[str, IO[bytes]]]:
    """The names of the files that may be exports, each with the file open until the next is asked.

    Raises:
        UnreadableFile: it lists too many.
        BadZipFile, NotImplementedError, RuntimeError: see `UNREADABLE`.
    """
    size = _directory_size(raw)
    if size > LARGEST_DIRECTORY:
        raise UnreadableFile(
            f"the list of files in it has {size / 2**20:,.0f} MiB; at most "
            f"{LARGEST_DIRECTORY // 2**20} MiB can be read. Unpack it, and import the folder"
        )
    with ZipFile(raw) as archive:
        for member in sorted(filter(_is_export, archive.infolist()), key=_order):
            with archive.open(member) as file:
                yield member.filename, file


def _is_export(member: ZipInfo) -> bool:
    return not member.is_dir() and is_export(member.filename.rpartition("/")[2])


def _order(member: ZipInfo) -> list[str | int]:
    return natural(member.filename)


def _directory_size(raw: BinaryIO) -> int:
    """Bytes of the list of files, as the archive's end says."""
    length = raw.seek(0, 2)
    raw.seek(max(0, length - TAIL))
    tail = raw.read()
    raw.seek(0)
    size = _number(SIZE, tail, END)
    return size if size != IS_LARGE else _number(SIZE_OF_LARGE, tail, END_OF_LARGE)


def _number(form: struct.Struct, tail: bytes, mark: bytes) -> int:
    at = tail.rfind(mark)
    if at < 0 or at + form.size > len(tail):
        raise BadZipFile("it has no end")
    return int(form.unpack_from(tail, at)[0])

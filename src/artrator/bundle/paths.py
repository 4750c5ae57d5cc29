"""The one rule for file names inside a bundle: it holds on every system, and no name leads out of the folder."""

from __future__ import annotations

import os
import re
import stat
from enum import StrEnum
from pathlib import Path

from artrator.kernel.errors import Invalid

MAX_PATH_LENGTH = 200
_SEGMENT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+@()=, -]*\Z")
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?\Z", re.IGNORECASE)


class PathFault(StrEnum):
    """What may be wrong with a file of a bundle, as it is said after the file's name."""

    LENGTH = f"must have 1 to {MAX_PATH_LENGTH} characters"
    NOT_RELATIVE = "must be relative to the bundle's folder, with / between folders"
    DOTS = "must not contain empty, '.' or '..' parts"
    LETTERS = "may use letters, digits and _ . + @ ( ) = , - only, and no hidden or reserved names"
    FOLDER = "is not in a plain folder of the bundle"
    MISSING = "is not in the bundle"
    LINK = "is a symbolic link"
    SPECIAL = "is not a regular file"
    HARD_LINK = "is a hard link to another file"

    @property
    def code(self) -> str:
        """A stable name, for programs."""
        return f"path_{self.name.lower()}"


def path_fault(path: str) -> PathFault | None:
    """Say what is wrong with a relative path inside a bundle, or None if it is a safe one."""
    if not path or len(path) > MAX_PATH_LENGTH:
        return PathFault.LENGTH
    if path.startswith("/") or "\\" in path or re.match(r"[A-Za-z]:", path):
        return PathFault.NOT_RELATIVE
    for segment in path.split("/"):
        if segment in ("", ".", ".."):
            return PathFault.DOTS
        if not _SEGMENT.match(segment) or segment[-1] in ". " or _RESERVED.match(segment):
            return PathFault.LETTERS
    return None


def check_path(path: str, *, field: str) -> str:
    """Give the path back if it is safe. Raises: Invalid."""
    fault = path_fault(path)
    if fault is not None:
        raise Invalid("path_unsafe", f"The path {path[:80]!r} {fault}.", field=field)
    return path


def file_fault(folder: Path, path: str) -> PathFault | None:
    """Say why a path is not a plain file of its own inside the folder: a link, a second name, absent, special."""
    fault = path_fault(path)
    if fault is not None:
        return fault
    current = folder
    for part in path.split("/")[:-1]:
        current = current / part
        if not current.is_dir() or current.is_symlink():
            return PathFault.FOLDER
    try:
        return _status_fault((folder / path).lstat())
    except OSError:
        return PathFault.MISSING


def _status_fault(status: os.stat_result) -> PathFault | None:
    if stat.S_ISLNK(status.st_mode):
        return PathFault.LINK
    if not stat.S_ISREG(status.st_mode):
        return PathFault.SPECIAL
    if status.st_nlink > 1:
        return PathFault.HARD_LINK
    return None

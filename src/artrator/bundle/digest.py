"""The digest that names a version: it depends on the files' names and bytes alone, not on how they were packed."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from artrator.bundle.paths import path_fault
from artrator.kernel.errors import Invalid, TooLarge
from artrator.kernel.ids import Digest

MAX_FILES = 1000
MAX_FOLDER_DEPTH = 8


def bundle_files(folder: Path) -> tuple[str, ...]:
    """List a bundle's files, relative and sorted. What begins with a dot is not part of a bundle.

    Raises: Invalid for links, special files and names that are not safe everywhere.
    """
    found = sorted(_walk(folder, "", 0))
    lowered = {path.lower() for path in found}
    if len(lowered) != len(found):
        raise Invalid("bundle_name_clash", "Two files differ only in upper and lower case; rename one.", field="bundle")
    if not found:
        raise Invalid("bundle_empty", "There are no files in this bundle.", field="bundle")
    return tuple(found)


def bundle_digest(folder: Path) -> Digest:
    """Give the sha256 over the sorted list of (path, size, sha256 of the content)."""
    whole = hashlib.sha256()
    for path in bundle_files(folder):
        with (folder / path).open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
            size = file.tell()
        whole.update(f"{path}\0{size}\0{content}\n".encode())
    return Digest(whole.hexdigest())


def _walk(folder: Path, prefix: str, depth: int) -> Iterator[str]:
    if depth > MAX_FOLDER_DEPTH:
        raise Invalid("bundle_too_deep", f"Folders are nested deeper than {MAX_FOLDER_DEPTH}.", field="bundle")
    count = 0
    for entry in _entries(folder):
        if entry.name.startswith("."):
            continue
        path = prefix + entry.name
        mode = entry.stat(follow_symlinks=False).st_mode
        if stat.S_ISDIR(mode):
            yield from _walk(folder / entry.name, path + "/", depth + 1)
            continue
        fault = path_fault(path) if stat.S_ISREG(mode) else "is a link or a special file"
        if fault is not None:
            raise Invalid("bundle_file_unsafe", f"The file {path[:80]!r} {fault}.", field="bundle")
        count += 1
        if count > MAX_FILES:
            raise TooLarge("bundle_too_many_files", f"A bundle has at most {MAX_FILES} files.", field="bundle")
        yield path


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError as error:
        raise Invalid(
            "bundle_unreadable", f"{folder.name[:80]!r} cannot be read as a folder: {error.strerror}.", field="bundle"
        ) from None

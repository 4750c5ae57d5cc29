"""Bundles that the server keeps must be readable by the unprivileged user that its workers become."""

from __future__ import annotations

import os
import stat
from pathlib import Path

ENTER, READ = 0o555, 0o444


def make_readable(folder: Path, *, deep: bool) -> None:
    """Let everybody read a folder of the bundle cache when workers will not have this process's rights.

    Nobody gets in from outside by this where a folder above it is closed; links are left alone.
    deep: its files and folders too, unless the folder shows that it was done before.
    """
    if os.geteuid() != 0:
        return
    status = folder.stat()
    if deep and status.st_mode & ENTER == ENTER and _top_is_readable(folder):
        return
    if deep:
        for parent, folders, files in os.walk(folder):
            for name in folders:
                _add(Path(parent, name), ENTER)
            for name in files:
                _add(Path(parent, name), READ)
    _add(folder, ENTER)


def _top_is_readable(folder: Path) -> bool:
    with os.scandir(folder) as entries:
        return all(each.stat().st_mode & READ == READ for each in entries if each.is_file(follow_symlinks=False))


def _add(path: Path, bits: int) -> None:
    mode = path.lstat().st_mode
    if (stat.S_ISDIR(mode) or stat.S_ISREG(mode)) and mode & bits != bits:
        path.chmod(stat.S_IMODE(mode) | bits)

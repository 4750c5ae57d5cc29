"""A folder that an unprivileged child can read, whoever's it is: the folder itself, or a private copy for a while."""

from __future__ import annotations

import asyncio
import os
import shutil
import stat
import tempfile
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from artrator.engine.processes.readable import ENTER, READ


@asynccontextmanager
async def staged(folder: Path) -> AsyncGenerator[Path]:
    """Give the folder if the child will be able to read it, else a copy; its owner's permissions are never changed."""
    if os.geteuid() != 0 or await asyncio.to_thread(_everybody_reads, folder):
        yield folder
        return
    copy = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="artrator-examined-"))
    try:
        yield await asyncio.to_thread(_copy, folder, copy / "bundle")
    finally:
        await asyncio.to_thread(shutil.rmtree, copy, ignore_errors=True)


@asynccontextmanager
async def staged_together(first: Path, second: Path) -> AsyncGenerator[tuple[Path, str, str]]:
    """Give a folder with both in it that the child will be able to read, and their names: their parent, else a copy."""
    if first.parent == second.parent and await asyncio.to_thread(_all_read, first.parent, (first, second)):
        yield first.parent, first.name, second.name
        return
    copy = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="artrator-examined-"))
    try:
        yield await asyncio.to_thread(_copy_both, first, second, copy / "bundles"), "first", "second"
    finally:
        await asyncio.to_thread(shutil.rmtree, copy, ignore_errors=True)


def _all_read(parent: Path, folders: Sequence[Path]) -> bool:
    if os.geteuid() != 0:
        return True
    return parent.stat().st_mode & ENTER == ENTER and all(map(_everybody_reads, folders))


def _everybody_reads(folder: Path) -> bool:
    if folder.stat().st_mode & ENTER != ENTER:
        return False
    for parent, folders, files in os.walk(folder):
        for name in (*folders, *files):
            mode = Path(parent, name).lstat().st_mode
            wanted = ENTER if stat.S_ISDIR(mode) else READ
            if not stat.S_ISLNK(mode) and mode & wanted != wanted:
                return False
    return True


def _copy(folder: Path, destination: Path) -> Path:
    """Copy plain files and folders; a link stays a link, and anything else stays behind."""
    shutil.copytree(folder, destination, symlinks=True, ignore=_specials)
    for parent, _, files in os.walk(destination):
        Path(parent).chmod(0o755)
        for name in files:
            path = Path(parent, name)
            if not path.is_symlink():
                path.chmod(0o644)
    return destination


def _copy_both(first: Path, second: Path, destination: Path) -> Path:
    destination.mkdir()
    destination.chmod(0o755)
    _copy(first, destination / "first")
    _copy(second, destination / "second")
    return destination


def _specials(parent: str, names: list[str]) -> set[str]:
    modes = {name: Path(parent, name).lstat().st_mode for name in names}
    return {n for n, m in modes.items() if not (stat.S_ISREG(m) or stat.S_ISDIR(m) or stat.S_ISLNK(m))}

"""The only folder that there is: started by root, a worker's file system is the bundles that it serves and nothing else.

A bundle may lie below root's own home, which an unprivileged user cannot enter by path; from a root of its own it need not.
ONNX Runtime finds out by /proc/self/fd where a file of weights really lies, so a bare chroot is not enough for it.
"""

from __future__ import annotations

import os
from pathlib import Path

from artrator.engine.sandbox.kernel_calls import mount, unmount, unshare_mounts

RDONLY, NOSUID, NODEV, NOEXEC = 0x1, 0x2, 0x4, 0x8
REMOUNT, BIND, RECURSIVE, PRIVATE = 0x20, 0x1000, 0x4000, 0x40000
CLOSED = NOSUID | NODEV | NOEXEC
OWN_PROCESS_ALONE = "hidepid=2"
PLACE = "bundles"


def enter_private_root(folder: Path) -> Path:
    """Make an empty root for this process, with a folder in it, read-only, and a /proc that shows itself alone.

    Gives the folder's new path. All mounts are this process's own and go with it. Needs root's rights and one thread.
    Raises: OSError where the system does not allow it; the process then sees what it saw before.
    """
    unshare_mounts()
    mount("none", "/", "", RECURSIVE | PRIVATE)
    descriptor = os.open(folder, os.O_PATH | os.O_CLOEXEC)
    mount("tmpfs", str(folder), "tmpfs", CLOSED, "size=64k,mode=0755")
    try:
        _furnish(folder, descriptor)
    except OSError:
        unmount(str(folder))
        raise
    finally:
        os.close(descriptor)
    _change_root(folder)
    return Path("/", PLACE)


def _furnish(folder: Path, original: int) -> None:
    place, processes = folder / PLACE, folder / "proc"
    place.mkdir()
    processes.mkdir()
    mount(f"/proc/self/fd/{original}", str(place), "", BIND)
    mount("none", str(place), "", BIND | REMOUNT | RDONLY | CLOSED)
    mount("proc", str(processes), "proc", CLOSED | RDONLY, OWN_PROCESS_ALONE)
    mount("none", str(folder), "", REMOUNT | RDONLY | CLOSED)


def enter_bare_root(folder: Path) -> Path:
    """Make the folder itself this process's root, for containers whose root may do no more. Raises: OSError.

    Weights in files of their own cannot be loaded there.
    """
    _change_root(folder)
    return Path("/")


def _change_root(folder: Path) -> None:
    os.chdir(folder)
    os.chroot(".")
    os.chdir("/")

"""Become an unprivileged user and exec a program: PostgreSQL refuses to run as root.

Run as `python -m artrator.db.drop_privileges UID GID PROGRAM ARGS…` so that no thread of the caller is forked.
When the program or the data lie below a folder that only root may enter (root's own home folder), the capability to *read* past
folder permissions is kept, and no other one; no permission of any folder is changed.
"""

from __future__ import annotations

import ctypes
import os
import sys

PR_SET_KEEPCAPS = 8
PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE = 47, 2
CAP_DAC_READ_SEARCH = 2
LINUX_CAPABILITY_VERSION_3 = 0x20080522


def exec_as(uid: int, gid: int, command: list[str], *, keep_read_search: bool) -> None:
    """Replace this process by a program that runs as another user. Linux only when keep_read_search."""
    libc = ctypes.CDLL(None, use_errno=True)
    if keep_read_search:
        _check(libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0), "keep capabilities")
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)
    if keep_read_search:
        bit = 1 << CAP_DAC_READ_SEARCH
        header = (ctypes.c_uint32 * 2)(LINUX_CAPABILITY_VERSION_3, 0)
        # two triples of effective, permitted, inheritable: capabilities 0-31, then 32-63
        sets = (ctypes.c_uint32 * 6)(bit, bit, bit, 0, 0, 0)
        _check(libc.capset(header, sets), "set capabilities")
        _check(libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_READ_SEARCH, 0, 0), "raise the capability")
    os.execv(command[0], command)  # noqa: S606


def _check(result: int, what: str) -> None:
    if result != 0:
        raise OSError(ctypes.get_errno(), f"could not {what}")


if __name__ == "__main__":
    needs_search = sys.argv[3] == "search"
    exec_as(int(sys.argv[1]), int(sys.argv[2]), sys.argv[4:], keep_read_search=needs_search)

"""Who a worker is: nobody, never to be anybody again, gone with its parent, and closed to its neighbours' debuggers."""

from __future__ import annotations

import os
import pwd
import signal
from pathlib import Path

from artrator.engine.sandbox.kernel_calls import Option, control, is_linux

OVERFLOW_ID = 65534
"""The kernel's own id for nobody."""


def nobody() -> tuple[int, int]:
    """Choose an unprivileged uid and gid: `nobody`, or the highest that this user namespace knows."""
    try:
        entry = pwd.getpwnam("nobody")
        wanted = (entry.pw_uid, entry.pw_gid)
    except KeyError:
        wanted = (OVERFLOW_ID, OVERFLOW_ID)
    return _mapped(wanted[0], Path("/proc/self/uid_map")), _mapped(wanted[1], Path("/proc/self/gid_map"))


def become_nobody(uid: int, gid: int) -> None:
    """Drop root's rights in every thread. Raises: OSError, PermissionError when they could be taken back."""
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)
    if os.getresuid() != (uid, uid, uid) or os.getresgid() != (gid, gid, gid) or os.getgroups():
        raise PermissionError("root's rights could not be dropped")


def seal_identity() -> None:
    """Forbid new privileges and reading this process from outside. Linux only. Raises: OSError."""
    control(Option.SET_NO_NEW_PRIVS, 1)
    control(Option.SET_DUMPABLE, 0)


def die_with_parent(parent_pid: int) -> None:
    """Have the kernel kill this process when its parent ends.

    Must come after a change of user, which clears it.
    Raises: ProcessLookupError when the parent is gone already.
    """
    if is_linux():
        control(Option.SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent_pid:
        raise ProcessLookupError("the parent process ended before its child was ready")


def _mapped(wanted: int, map_file: Path) -> int:
    """Take the wanted id where the user namespace has it, else the highest but root that it has."""
    try:
        ranges = [tuple(map(int, line.split())) for line in map_file.read_text().splitlines()]
    except OSError:
        return wanted
    if any(first <= wanted < first + count for first, _, count in ranges):
        return wanted
    return max((first + count - 1 for first, _, count in ranges), default=wanted)

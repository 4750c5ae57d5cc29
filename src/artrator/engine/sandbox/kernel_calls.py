"""The kernel's calls that Python has no name for, so that the protections need no package."""

from __future__ import annotations

import ctypes
import os
import platform
import sys
from enum import IntEnum
from functools import cache


class Option(IntEnum):
    """Options of prctl(2)."""

    SET_PDEATHSIG = 1
    SET_DUMPABLE = 4
    SET_NO_NEW_PRIVS = 38


CLONE_NEWNS, MNT_DETACH = 0x20000, 2


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def is_linux() -> bool:
    """Tell whether the kernel has prctl, seccomp and Landlock at all."""
    return sys.platform == "linux"


def machine() -> str:
    """Name the processor as the kernel does: `x86_64`, `aarch64`, …"""
    return platform.machine()


def control(option: Option, value: int) -> None:
    """Call prctl. Raises: OSError."""
    zero = ctypes.c_ulong(0)
    if _libc().prctl(ctypes.c_int(option), ctypes.c_ulong(value), zero, zero, zero) != 0:
        raise _last_error(f"prctl {option.name}")


def call_kernel(number: int, *arguments: int | ctypes.c_void_p) -> int:
    """Call the kernel by number; pointers are made by `address_of`. Raises: OSError."""
    words = [each if isinstance(each, ctypes.c_void_p) else ctypes.c_long(each) for each in arguments]
    result = int(_libc().syscall(ctypes.c_long(number), *words))
    if result < 0:
        raise _last_error(f"system call {number}")
    return result


def unshare_mounts() -> None:
    """Give this process mounts of its own. Raises: OSError."""
    if _libc().unshare(ctypes.c_int(CLONE_NEWNS)) != 0:
        raise _last_error("unshare")


def mount(source: str, target: str, kind: str, flags: int, options: str = "") -> None:
    """Mount something, or change a mount. Raises: OSError."""
    texts = [ctypes.c_char_p(each.encode()) for each in (source, target, kind)]
    if _libc().mount(*texts, ctypes.c_ulong(flags), ctypes.c_char_p(options.encode())) != 0:
        raise _last_error(f"mount {target}")


def unmount(target: str) -> None:
    """Take a mount away, at once from sight and for good when nothing uses it. Raises: OSError."""
    if _libc().umount2(ctypes.c_char_p(target.encode()), ctypes.c_int(MNT_DETACH)) != 0:
        raise _last_error(f"unmount {target}")


def address_of(structure: ctypes.Structure) -> ctypes.c_void_p:
    """Point at a structure that must outlive the call."""
    return ctypes.cast(ctypes.pointer(structure), ctypes.c_void_p)


def _last_error(what: str) -> OSError:
    number = ctypes.get_errno()
    return OSError(number, f"{what}: {os.strerror(number)}")

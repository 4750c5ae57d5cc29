"""The kernel's entry points that running a graph needs, by number; every other one is closed.

Numbers: Linux, arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h (arm64). They never change.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SystemCall:
    """One entry point; None where the architecture has none."""

    x86_64: int | None
    aarch64: int | None

    def number(self, machine: str) -> int | None:
        """Give the number on a machine that is x86_64 or aarch64."""
        return self.x86_64 if machine == "x86_64" else self.aarch64


FIRST_UNKNOWN = 463
"""From here on are calls younger than this list; C libraries expect ENOSYS of a kernel that lacks them."""

ALLOWED: dict[str, SystemCall] = {
    # in the order of how often they are made: the filter is read from the top
    "futex": SystemCall(202, 98),
    "read": SystemCall(0, 63),
    "write": SystemCall(1, 64),
    "readv": SystemCall(19, 65),
    "writev": SystemCall(20, 66),
    "pread64": SystemCall(17, 67),
    "munmap": SystemCall(11, 215),
    "mremap": SystemCall(25, 216),
    "madvise": SystemCall(28, 233),
    "brk": SystemCall(12, 214),
    "clock_gettime": SystemCall(228, 113),
    "clock_getres": SystemCall(229, 114),
    "gettimeofday": SystemCall(96, 169),
    "time": SystemCall(201, None),
    "nanosleep": SystemCall(35, 101),
    "clock_nanosleep": SystemCall(230, 115),
    "sched_yield": SystemCall(24, 124),
    "sched_getaffinity": SystemCall(204, 123),
    "getcpu": SystemCall(309, 168),
    "getrandom": SystemCall(318, 278),
    # threads
    "set_robust_list": SystemCall(273, 99),
    "set_tid_address": SystemCall(218, 96),
    "rseq": SystemCall(334, 293),
    "membarrier": SystemCall(324, 283),
    "futex_wake": SystemCall(454, 454),
    "futex_wait": SystemCall(455, 455),
    "futex_requeue": SystemCall(456, 456),
    "gettid": SystemCall(186, 178),
    "exit": SystemCall(60, 93),
    "exit_group": SystemCall(231, 94),
    "restart_syscall": SystemCall(219, 128),
    # signals of its own
    "rt_sigaction": SystemCall(13, 134),
    "rt_sigprocmask": SystemCall(14, 135),
    "rt_sigreturn": SystemCall(15, 139),
    "sigaltstack": SystemCall(131, 132),
    # files that Landlock and the private root leave; opening one to write fails there
    "openat": SystemCall(257, 56),
    "open": SystemCall(2, None),
    "close": SystemCall(3, 57),
    "fstat": SystemCall(5, 80),
    "newfstatat": SystemCall(262, 79),
    "stat": SystemCall(4, None),
    "lstat": SystemCall(6, None),
    "statx": SystemCall(332, 291),
    "access": SystemCall(21, None),
    "faccessat": SystemCall(269, 48),
    "faccessat2": SystemCall(439, 439),
    "lseek": SystemCall(8, 62),
    "readlink": SystemCall(89, None),
    "readlinkat": SystemCall(267, 78),
    "getdents64": SystemCall(217, 61),
    "getcwd": SystemCall(79, 17),
    "fadvise64": SystemCall(221, 223),
    "poll": SystemCall(7, None),
    "ppoll": SystemCall(271, 73),
    "select": SystemCall(23, None),
    "pselect6": SystemCall(270, 72),
    # asking about itself
    "getpid": SystemCall(39, 172),
    "getppid": SystemCall(110, 173),
    "getuid": SystemCall(102, 174),
    "geteuid": SystemCall(107, 175),
    "getgid": SystemCall(104, 176),
    "getegid": SystemCall(108, 177),
    "getrlimit": SystemCall(97, 163),
    "getrusage": SystemCall(98, 165),
    "times": SystemCall(100, 153),
    "sysinfo": SystemCall(99, 179),
    "uname": SystemCall(63, 160),
}

# allowed with some arguments only; the filter says which
MMAP = SystemCall(9, 222)
MPROTECT = SystemCall(10, 226)
CLONE = SystemCall(56, 220)
CLONE3 = SystemCall(435, 435)
TGKILL = SystemCall(234, 131)
PRCTL = SystemCall(157, 167)
PRLIMIT64 = SystemCall(302, 261)
IOCTL = SystemCall(16, 29)
FCNTL = SystemCall(72, 25)

SECCOMP = SystemCall(317, 277)

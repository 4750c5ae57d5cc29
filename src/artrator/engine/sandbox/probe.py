"""Try, from inside the sandbox, what a hostile model would, and print what each attempt gave.

`python -m artrator.engine.sandbox.probe FOLDER PARENT_PID HOST:PORT FILE_OUTSIDE [unprivileged]` prints one JSON object; the
last word gives root's rights up first, to see what holds without them. Standard output must be a pipe: a confined
process writes to no file.
"""

from __future__ import annotations

import json
import mmap
import os
import resource
import socket
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from artrator.engine.sandbox.confine import Confinement, confine
from artrator.engine.sandbox.identity import become_nobody, nobody
from artrator.engine.sandbox.kernel_calls import call_kernel
from artrator.engine.sandbox.limits import Limits

MEMORY_BYTES = 256 << 20
PTRACE, PROCESS_VM_READ, BPF, IO_URING_SETUP = 101, 310, 321, 425
USERFAULTFD, KEYCTL, OPEN_BY_HANDLE, MOUNT, SET_NAMESPACE, UNSHARE = 323, 250, 304, 165, 308, 272
"""Numbers of x86-64; elsewhere they name other calls, which the filter closes as well or which fail."""

Attempt = Callable[[], object]


def attempts(root: Path, parent_pid: int, address: str, outside: Path) -> Mapping[str, Attempt]:
    """Name everything that is tried.

    root: the folder that may be read. address: host:port of a listening socket. outside: a file that exists elsewhere.
    """
    host, _, port = address.partition(":")
    return {
        "read the folder": lambda: sorted(each.name for each in root.iterdir()),
        "read a file in the folder": lambda: [each.read_text() for each in sorted(root.iterdir()) if each.is_file()],
        "start a thread": _start_thread,
        "allocate what is allowed": lambda: len(bytearray(MEMORY_BYTES // 4)),
        "read /etc/passwd": Path("/etc/passwd").read_bytes,
        "read a file outside": outside.read_bytes,
        "read the parent's environment": Path(f"/proc/{parent_pid}/environ").read_bytes,
        "list the home folder": lambda: os.listdir(outside.parent),  # noqa: PTH208 - a name, not a path, is printed
        "climb out by ..": root.joinpath(*[".."] * 20, "etc/passwd").read_bytes,
        "write into the folder": lambda: (root / "written").write_bytes(b"x"),
        "write into /tmp": lambda: Path("/tmp/artrator-probe").write_bytes(b"x"),  # noqa: S108
        "delete a file in the folder": lambda: [each.unlink() for each in root.iterdir()],
        "connect over TCP": lambda: socket.create_connection((host, int(port)), timeout=2).getpeername(),
        "make a unix socket": lambda: socket.socket(socket.AF_UNIX).fileno(),
        "make a socket pair": lambda: [each.fileno() for each in socket.socketpair()],
        "execute a program": lambda: os.execv("/bin/true", ["true"]),  # noqa: S606
        "fork": _fork,
        "signal the parent": lambda: os.kill(parent_pid, 0),
        "become root": lambda: os.setuid(0),
        "get new executable memory": lambda: mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_EXEC).close(),
        "raise a limit": _raise_limit,
        "allocate too much": lambda: len(bytearray(4 * MEMORY_BYTES)),
        "trace the parent": lambda: call_kernel(PTRACE, 16, parent_pid, 0, 0),
        "read the parent's memory": lambda: call_kernel(PROCESS_VM_READ, parent_pid, 0, 0, 0, 0, 0),
        "load a kernel program": lambda: call_kernel(BPF, 0, 0, 0),
        "open an io_uring": lambda: call_kernel(IO_URING_SETUP, 1, 0),
        "handle page faults": lambda: call_kernel(USERFAULTFD, 0),
        "read the kernel's keys": lambda: call_kernel(KEYCTL, 0, -3, 1),
        "open a file by its handle": lambda: call_kernel(OPEN_BY_HANDLE, -100, 0, 0),
        "mount": lambda: call_kernel(MOUNT, 0, 0, 0, 0, 0),
        "enter another namespace": lambda: call_kernel(SET_NAMESPACE, 0, 0),
        "make a user namespace": lambda: call_kernel(UNSHARE, 0x10000000),
    }


def _start_thread() -> str:
    heard: list[str] = []
    thread = threading.Thread(target=lambda: heard.append("ran"))
    thread.start()
    thread.join()
    return heard[0]


def _fork() -> int:
    child = os.fork()
    if child == 0:
        os._exit(0)
    return child


def _raise_limit() -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))


def try_all(named: Mapping[str, Attempt]) -> dict[str, str]:
    """Make every attempt and say what each gave."""
    results: dict[str, str] = {}
    for name, attempt in named.items():
        try:
            results[name] = f"done: {attempt()!r}"
        except (OSError, MemoryError, ValueError) as refusal:
            results[name] = f"denied: {type(refusal).__name__}: {refusal}"
    return results


def main(arguments: list[str]) -> None:
    """Confine this process as the child of a parent, try everything, and print."""
    folder, parent, address, outside = arguments[:4]
    # what an attempt imports late would be missing for another reason than the sandbox
    "".encode("idna")
    if "unprivileged" in arguments and os.geteuid() == 0:
        become_nobody(*nobody())
    confined = confine(
        Confinement(folder=Path(folder), limits=Limits(memory_bytes=MEMORY_BYTES), parent_pid=int(parent))
    )
    results = try_all(attempts(confined.root, int(parent), address, Path(outside)))
    report = {"protections": [str(each) for each in confined.protections], "attempts": results}
    os.write(sys.stdout.fileno(), json.dumps(report).encode())


if __name__ == "__main__":
    main(sys.argv[1:])

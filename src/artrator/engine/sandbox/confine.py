"""Put all the protections on in the one order in which each still can."""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from artrator.engine.sandbox.identity import become_nobody, die_with_parent, nobody, seal_identity
from artrator.engine.sandbox.kernel_calls import is_linux
from artrator.engine.sandbox.landlock import landlock_abi, restrict_files
from artrator.engine.sandbox.limits import Limits, apply_limits
from artrator.engine.sandbox.private_root import enter_bare_root, enter_private_root
from artrator.engine.sandbox.protections import Mechanisms, Protection, judge
from artrator.engine.sandbox.seccomp import close_entry_points, is_supported


@dataclass(frozen=True, slots=True, kw_only=True)
class Confinement:
    """What a child is confined to: one readable folder, its limits, and its parent's life.

    outputs: descriptors of the only files that it may open for writing, as /proc/self/fd/N.
    device_files: what the driver of a device needs. Drivers make calls that no list names and map code, so with any
    of these there is neither a filter on system calls nor a root of its own; what is left says so.
    """

    folder: Path
    limits: Limits
    parent_pid: int
    outputs: tuple[int, ...] = ()
    device_files: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Confined:
    """What took effect; root is where the readable folder lies for this process from now on."""

    root: Path
    protections: tuple[Protection, ...]


def confine(confinement: Confinement) -> Confined:
    """Give up everything that running graphs does not need, for good.

    Forbidden state: something is imported or a file outside the folder is opened after this; it will not be found.
    Raises: OSError where a protection that the system has could not be put on; the child must not go on then.
    """
    alone = _is_single_threaded()
    has_device = bool(confinement.device_files)
    # drivers reserve far more addresses than they ever use
    apply_limits(confinement.limits, caps_addresses=not has_device)
    folder = confinement.folder.resolve()
    private = _enter_root(folder) if os.geteuid() == 0 and alone and not has_device else None
    root = private or folder
    if os.geteuid() == 0:
        _drop_root()
    if is_linux():
        seal_identity()
    die_with_parent(confinement.parent_pid)
    abi = landlock_abi() if alone else 0
    if abi:
        restrict_files((root,), confinement.outputs, confinement.device_files)
    if not os.access(root, os.R_OK | os.X_OK):
        raise PermissionError(f"{root} cannot be read by the unprivileged user; make it readable to everybody")
    seccomp = is_linux() and is_supported() and not has_device
    if seccomp:
        close_entry_points()
    mechanisms = Mechanisms(
        landlock_abi=abi,
        seccomp=seccomp,
        private_root=private is not None,
        is_root=os.geteuid() == 0,
        sealed=is_linux(),
        memory_limit=is_linux(),
        parent_signal=is_linux(),
    )
    return Confined(root=root, protections=judge(mechanisms))


def _enter_root(folder: Path) -> Path | None:
    """Enter a private root where this system's root may; give the folder's new path.

    Where root may make no mounts, and Landlock keeps a folder that everybody can reach, nothing else is needed.
    """
    try:
        return enter_private_root(folder)
    except OSError:
        if landlock_abi() and _everybody_reaches(folder):
            return None
    try:
        return enter_bare_root(folder)
    except OSError:
        return None


def _everybody_reaches(folder: Path) -> bool:
    return all(each.stat().st_mode & 0o001 for each in (folder, *folder.parents))


def _drop_root() -> None:
    """Become nobody where the system lets root do so; a container may have taken that right away."""
    uid, gid = nobody()
    if uid != 0:
        with suppress(PermissionError):
            become_nobody(uid, gid)


def _is_single_threaded() -> bool:
    """Tell whether Landlock, which confines one thread and its children, will confine the whole process."""
    try:
        return len(list(Path("/proc/self/task").iterdir())) == 1
    except OSError:
        return threading.active_count() == 1

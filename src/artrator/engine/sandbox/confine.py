"""Put all the protections on in the one order in which each still can."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from pathlib import Path

from artrator.engine.sandbox.identity import become_nobody, die_with_parent, nobody, seal_identity
from artrator.engine.sandbox.kernel_calls import is_linux
from artrator.engine.sandbox.landlock import landlock_abi, restrict_files
from artrator.engine.sandbox.limits import Limits, apply_limits
from artrator.engine.sandbox.private_root import enter_private_root
from artrator.engine.sandbox.protections import Mechanisms, Protection, judge
from artrator.engine.sandbox.seccomp import close_entry_points, is_supported


@dataclass(frozen=True, slots=True, kw_only=True)
class Confinement:
    """What a child is confined to: one readable folder, its limits, and its parent's life."""

    folder: Path
    limits: Limits
    parent_pid: int


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
    apply_limits(confinement.limits)
    root = confinement.folder.resolve()
    private_root = os.geteuid() == 0 and _can_change_root(root)
    if private_root:
        root = Path("/")
    if os.geteuid() == 0:
        _drop_root()
    if is_linux():
        seal_identity()
    die_with_parent(confinement.parent_pid)
    abi = landlock_abi() if alone else 0
    if abi:
        restrict_files((root,))
    if not os.access(root, os.R_OK | os.X_OK):
        raise PermissionError(f"{root} cannot be read by the unprivileged user; make it readable to everybody")
    seccomp = is_linux() and is_supported()
    if seccomp:
        close_entry_points()
    mechanisms = Mechanisms(
        landlock_abi=abi,
        seccomp=seccomp,
        private_root=private_root,
        is_root=os.geteuid() == 0,
        sealed=is_linux(),
        memory_limit=is_linux(),
        parent_signal=is_linux(),
    )
    return Confined(root=root, protections=judge(mechanisms))


def _can_change_root(folder: Path) -> bool:
    """Enter the private root where this container's root may; elsewhere Landlock alone keeps the files."""
    try:
        enter_private_root(folder)
    except PermissionError:
        return False
    return True


def _drop_root() -> None:
    """Become nobody where the system lets root do so; a container may have taken that right away."""
    uid, gid = nobody()
    if uid == 0:
        return
    become_nobody(uid, gid)


def _is_single_threaded() -> bool:
    """Tell whether Landlock, which confines one thread and its children, will confine the whole process."""
    try:
        return len(list(Path("/proc/self/task").iterdir())) == 1
    except OSError:
        return threading.active_count() == 1

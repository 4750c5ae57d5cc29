"""What the sandbox guarantees on this machine and what it lacks, as values that start-up can print."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Guarantee(StrEnum):
    """What a stranger's model cannot do, whatever code it manages to run."""

    FILES = "files"
    NETWORK = "network"
    PROCESSES = "processes"
    IDENTITY = "identity"
    MEMORY = "memory"
    LIFETIME = "lifetime"


@dataclass(frozen=True, slots=True, kw_only=True)
class Protection:
    """How a guarantee is kept here; by is empty where nothing keeps it, and lacks says why."""

    guarantee: Guarantee
    by: str = ""
    lacks: str = ""

    @property
    def is_on(self) -> bool:
        """Tell whether something keeps the guarantee."""
        return bool(self.by)

    def __str__(self) -> str:
        """Say it in a line for the operator."""
        return f"{self.guarantee}: {self.by or self.lacks}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mechanisms:
    """Which mechanisms took effect in one process.

    landlock_abi: 0 where it is not in effect.
    """

    landlock_abi: int
    seccomp: bool
    private_root: bool
    is_root: bool
    sealed: bool
    memory_limit: bool
    parent_signal: bool


def judge(mechanisms: Mechanisms) -> tuple[Protection, ...]:
    """Say for every guarantee what keeps it."""
    return (
        _files(mechanisms),
        _by_seccomp(Guarantee.NETWORK, mechanisms),
        _by_seccomp(Guarantee.PROCESSES, mechanisms),
        _identity(mechanisms),
        _memory(mechanisms),
        _lifetime(mechanisms),
    )


def _files(mechanisms: Mechanisms) -> Protection:
    names = [f"Landlock ABI {mechanisms.landlock_abi}"] if mechanisms.landlock_abi else []
    names += ["a root folder of its own"] if mechanisms.private_root else []
    lacks = "this system has no Landlock (Linux 5.13 or later), so a model's process can read this user's files"
    return Protection(guarantee=Guarantee.FILES, by=" and ".join(names), lacks="" if names else lacks)


def _by_seccomp(guarantee: Guarantee, mechanisms: Mechanisms) -> Protection:
    if mechanisms.seccomp:
        return Protection(guarantee=guarantee, by="seccomp")
    can = "open connections" if guarantee is Guarantee.NETWORK else "start programs and signal this user's processes"
    return Protection(guarantee=guarantee, lacks=f"there is no seccomp filter here, so a model's process can {can}")


def _identity(mechanisms: Mechanisms) -> Protection:
    if mechanisms.is_root:
        return Protection(
            guarantee=Guarantee.IDENTITY, lacks="a model's process stays root, as it may not change its user"
        )
    if not mechanisms.sealed:
        return Protection(guarantee=Guarantee.IDENTITY, lacks="a set-uid program would give new privileges")
    return Protection(guarantee=Guarantee.IDENTITY, by="an unprivileged user without new privileges")


def _memory(mechanisms: Mechanisms) -> Protection:
    if mechanisms.memory_limit:
        return Protection(guarantee=Guarantee.MEMORY, by="resource limits")
    return Protection(guarantee=Guarantee.MEMORY, lacks="this system does not enforce limits on a process's memory")


def _lifetime(mechanisms: Mechanisms) -> Protection:
    """Every worker ends when its parent's socket closes; the signal ends also one that no longer reads it."""
    by = "a signal and the closed socket" if mechanisms.parent_signal else "the closed socket"
    return Protection(guarantee=Guarantee.LIFETIME, by=by)

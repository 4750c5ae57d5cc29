"""Seccomp: a filter in the kernel that closes every entry point but those that running a graph needs.

No sockets, no programs, no processes, no signals to others, no mounts, no new executable memory; threads work.
Source: Linux, Documentation/userspace-api/seccomp_filter.rst; the filter is classic BPF over `struct seccomp_data`.
"""

from __future__ import annotations

import ctypes
import errno
import os
from collections.abc import Sequence
from dataclasses import dataclass

from artrator.engine.sandbox import system_calls
from artrator.engine.sandbox.kernel_calls import address_of, call_kernel, machine
from artrator.engine.sandbox.system_calls import ALLOWED, SystemCall

AUDIT_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}

SET_MODE_FILTER, EVERY_THREAD = 1, 1
KILL_PROCESS, ERRNO, ALLOW = 0x80000000, 0x00050000, 0x7FFF0000

# opcodes of classic BPF
LOAD_WORD, AND, RETURN = 0x20, 0x54, 0x06
JUMP_EQUAL, JUMP_AT_LEAST, JUMP_SET = 0x15, 0x35, 0x45
NUMBER_OFFSET, ARCHITECTURE_OFFSET, ARGUMENTS_OFFSET = 0, 4, 16

PROT_EXEC = 0x4
CLONE_VM, CLONE_THREAD = 0x100, 0x10000
NEW_NAMESPACES = 0x7E020080
"""CLONE_NEWTIME, NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID and NEWNET together."""
PR_SET_NAME, PR_SET_VMA = 15, 0x53564D41
FCNTL_ON_DESCRIPTORS = (0, 1, 2, 3, 4, 1030)
"""F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD_CLOEXEC: those that send no signals and lock nothing."""
X32 = 0x40000000


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction of classic BPF; jumps count instructions from the next one on."""

    opcode: int
    operand: int
    if_true: int = 0
    if_false: int = 0


Block = Sequence[Instruction]


class _Instruction(ctypes.Structure):
    _fields_ = (
        ("opcode", ctypes.c_uint16),
        ("if_true", ctypes.c_uint8),
        ("if_false", ctypes.c_uint8),
        ("operand", ctypes.c_uint32),
    )


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_uint16), ("first", ctypes.POINTER(_Instruction)))


def is_supported() -> bool:
    """Tell whether there is a filter for this processor."""
    return machine() in AUDIT_ARCHITECTURES


def close_entry_points() -> None:
    """Install the filter for every thread of this process, for good. Needs no_new_privs. Raises: OSError."""
    instructions = build_filter(machine(), os.getpid())
    array = (_Instruction * len(instructions))(
        *(_Instruction(each.opcode, each.if_true, each.if_false, each.operand) for each in instructions)
    )
    program = _Program(len(instructions), ctypes.cast(array, ctypes.POINTER(_Instruction)))
    number = system_calls.SECCOMP.number(machine())
    if number is None:
        raise OSError(errno.ENOSYS, "this processor has no seccomp")
    failed_thread = call_kernel(number, SET_MODE_FILTER, EVERY_THREAD, address_of(program))
    if failed_thread:
        raise OSError(errno.EAGAIN, f"thread {failed_thread} could not be given the filter")


def build_filter(processor: str, pid: int) -> list[Instruction]:
    """Assemble the filter for a processor; pid is the one process that its own threads may signal."""
    allow, refuse = Instruction(RETURN, ALLOW), _fail(errno.EPERM)
    program = [
        Instruction(LOAD_WORD, ARCHITECTURE_OFFSET),
        Instruction(JUMP_EQUAL, AUDIT_ARCHITECTURES[processor], 1, 0),
        Instruction(RETURN, KILL_PROCESS),
        Instruction(LOAD_WORD, NUMBER_OFFSET),
    ]
    if processor == "x86_64":
        program += [Instruction(JUMP_AT_LEAST, X32, 0, 1), Instruction(RETURN, KILL_PROCESS)]
    for call, rule in _rules(processor, pid):
        number = call.number(processor)
        if number is not None:
            program += [Instruction(JUMP_EQUAL, number, 0, len(rule)), *rule]
    program += [Instruction(JUMP_AT_LEAST, system_calls.FIRST_UNKNOWN, 0, 1), _fail(errno.ENOSYS)]
    return [*program, refuse, allow]


def _rules(processor: str, pid: int) -> list[tuple[SystemCall, Block]]:
    """List every call that is open, and the block that decides; each block ends in a return."""
    allow = Instruction(RETURN, ALLOW)
    no_new_code = _unless_bits(2, PROT_EXEC)
    return [
        (system_calls.MMAP, no_new_code),
        (system_calls.MPROTECT, no_new_code),
        *((call, [allow]) for call in ALLOWED.values()),
        (system_calls.CLONE, _threads_only()),
        # its flags lie in memory, which a filter cannot read; the C library then uses clone
        (system_calls.CLONE3, [_fail(errno.ENOSYS)]),
        (system_calls.TGKILL, _if_argument(0, (pid,))),
        (system_calls.PRCTL, _if_argument(0, (PR_SET_NAME, PR_SET_VMA))),
        (system_calls.PRLIMIT64, _asking_only()),
        (system_calls.FCNTL, _if_argument(1, FCNTL_ON_DESCRIPTORS)),
        # what Python asks of every file that it opens: whether it is a terminal
        (system_calls.IOCTL, [_fail(errno.ENOTTY)]),
    ]


def _fail(number: int) -> Instruction:
    return Instruction(RETURN, ERRNO | number)


def _load_argument(index: int, *, high: bool = False) -> Instruction:
    """Load half of an argument; both processors are little-endian."""
    return Instruction(LOAD_WORD, ARGUMENTS_OFFSET + 8 * index + (4 if high else 0))


def _if_argument(index: int, values: Sequence[int]) -> Block:
    """Allow when the low half of an argument, an int to the kernel, is one of some values."""
    tests = [Instruction(JUMP_EQUAL, value, len(values) - at, 0) for at, value in enumerate(values)]
    return [_load_argument(index), *tests, _fail(errno.EPERM), Instruction(RETURN, ALLOW)]


def _unless_bits(index: int, bits: int) -> Block:
    """Allow when no bit of a mask is set."""
    return [
        _load_argument(index),
        Instruction(JUMP_SET, bits, 0, 1),
        _fail(errno.EPERM),
        Instruction(RETURN, ALLOW),
    ]


def _threads_only() -> Block:
    """Allow clone when it makes a thread: same memory, same thread group, no new namespace."""
    thread = CLONE_VM | CLONE_THREAD
    return [
        _load_argument(0),
        Instruction(AND, thread | NEW_NAMESPACES),
        Instruction(JUMP_EQUAL, thread, 1, 0),
        _fail(errno.EPERM),
        Instruction(RETURN, ALLOW),
    ]


def _asking_only() -> Block:
    """Allow prlimit64 when it sets nothing: the pointer to the new limit is null."""
    return [
        _load_argument(2),
        Instruction(JUMP_EQUAL, 0, 0, 2),
        _load_argument(2, high=True),
        Instruction(JUMP_EQUAL, 0, 1, 0),
        _fail(errno.EPERM),
        Instruction(RETURN, ALLOW),
    ]

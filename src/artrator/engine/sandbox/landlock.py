"""Landlock: the kernel lets a process read below the folders it names and nothing else, whoever the process is.

Source: Linux, Documentation/userspace-api/landlock.rst.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Sequence
from pathlib import Path

from artrator.engine.sandbox.kernel_calls import address_of, call_kernel, is_linux

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
ASK_VERSION = 1
RULE_PATH_BENEATH = 1

WRITE_FILE, READ_FILE, READ_DIR = 1 << 1, 1 << 2, 1 << 3
TRUNCATE, CONTROL_DEVICE = 1 << 14, 1 << 15
FILE_RIGHTS_BY_ABI = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
"""How many of the file rights, from bit 0 on, an ABI knows; the later ABIs know as many as the last one here."""
NETWORK_ABI, NETWORK_RIGHTS = 4, 0b11
"""Binding and connecting TCP sockets."""
SCOPE_ABI, SCOPES = 6, 0b11
"""Connecting to abstract unix sockets and sending signals, both to processes outside."""


class _RulesetAttributes(ctypes.Structure):
    _fields_ = (
        ("handled_files", ctypes.c_uint64),
        ("handled_network", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    )


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = (("allowed", ctypes.c_uint64), ("file", ctypes.c_int32))


def landlock_abi() -> int:
    """Tell the version of Landlock that this kernel speaks; 0 where it has none or has it switched off."""
    if not is_linux():
        return 0
    try:
        return call_kernel(CREATE_RULESET, 0, 0, ASK_VERSION)
    except OSError:
        return 0


def restrict_files(readable: Sequence[Path], writable: Sequence[int] = (), devices: Sequence[Path] = ()) -> None:
    """Allow this thread, and threads that it starts, to read below some folders and to touch no other file.

    writable: descriptors of files that may be opened anew and written.
    devices: files that may be used in every way, and folders that may be read.
    With newer kernels it can neither bind nor connect TCP sockets, nor signal processes outside.
    Forbidden state: other threads run already; they would stay as free as they were.
    Raises: OSError.
    """
    abi = landlock_abi()
    handled_files = (1 << FILE_RIGHTS_BY_ABI[min(abi, max(FILE_RIGHTS_BY_ABI))]) - 1
    attributes = _RulesetAttributes(
        handled_files=handled_files,
        handled_network=NETWORK_RIGHTS if abi >= NETWORK_ABI else 0,
        scoped=SCOPES if abi >= SCOPE_ABI else 0,
    )
    ruleset = call_kernel(CREATE_RULESET, address_of(attributes), _size(abi), 0)
    try:
        for folder in readable:
            _allow_path(ruleset, folder, READ_FILE | READ_DIR)
        for device in devices:
            rights = READ_FILE | READ_DIR if device.is_dir() else READ_FILE | WRITE_FILE | TRUNCATE | CONTROL_DEVICE
            _allow_path(ruleset, device, rights & handled_files)
        for descriptor in writable:
            _allow(ruleset, descriptor, (READ_FILE | WRITE_FILE | TRUNCATE) & handled_files)
        call_kernel(RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)


def _size(abi: int) -> int:
    """Count the bytes of the attributes that an ABI knows; it refuses more."""
    words = 3 if abi >= SCOPE_ABI else 2 if abi >= NETWORK_ABI else 1
    return words * ctypes.sizeof(ctypes.c_uint64)


def _allow_path(ruleset: int, path: Path, rights: int) -> None:
    descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        _allow(ruleset, descriptor, rights)
    finally:
        os.close(descriptor)


def _allow(ruleset: int, descriptor: int, rights: int) -> None:
    rule = _PathBeneath(allowed=rights, file=descriptor)
    call_kernel(ADD_RULE, ruleset, RULE_PATH_BENEATH, address_of(rule), 0)

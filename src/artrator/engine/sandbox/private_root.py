"""The only folder that there is: when started by root, a worker's file system begins at the bundles that it serves.

A bundle may lie below root's own home, which an unprivileged user cannot enter by path; from a root of its own it need not.
"""

from __future__ import annotations

import os
from pathlib import Path


def enter_private_root(folder: Path) -> None:
    """Make a folder this process's root, so that no path leads out of it. Needs root's rights. Raises: OSError."""
    os.chdir(folder)
    os.chroot(".")
    os.chdir("/")

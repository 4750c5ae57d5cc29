"""What is said of walks that are not there."""

from __future__ import annotations

from artrator.kernel.errors import NotFound


def walk_not_found() -> NotFound:
    """Say that there is none, or that it is somebody else's: which of the two is not told."""
    return NotFound("walk_not_found", "There is no walk with this id.")

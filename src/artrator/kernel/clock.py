"""Time as a value that is passed in, so that rules about time are tested without sleeping."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """Tell the time now, in UTC."""
    return datetime.now(UTC)

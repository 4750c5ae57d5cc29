"""Memory that the C library keeps for itself, given back to the system."""

from __future__ import annotations

import asyncio
import ctypes
from contextlib import suppress


def give_back() -> None:
    """Give the system back whole pages that are free: between what lives longer they lie about, and look like a leak."""
    with suppress(OSError, AttributeError):  # it is glibc's alone
        ctypes.CDLL(None).malloc_trim(0)


async def give_back_every(seconds: float) -> None:
    """Give back again and again until cancelled, in a thread, so that nobody waits for it."""
    while True:
        await asyncio.sleep(seconds)
        await asyncio.to_thread(give_back)

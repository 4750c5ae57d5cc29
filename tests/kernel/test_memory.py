from __future__ import annotations

import asyncio
import platform
import resource
from pathlib import Path

import pytest

from artrator.kernel.memory import give_back_every

GLIBC = platform.libc_ver()[0] == "glibc"


def _resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


@pytest.mark.skipif(not GLIBC, reason="other C libraries have no such call")
async def test_what_was_freed_between_things_that_stay_goes_back_to_the_system() -> None:
    pieces = [bytes([i % 251]) * 16_000 for i in range(6_000)]  # 96 MB, in pieces too small to be mapped alone
    kept = pieces[::10]
    full = _resident_bytes()
    pieces.clear()
    task = asyncio.create_task(give_back_every(0.01))
    for _ in range(500):
        if full - _resident_bytes() >= 40 << 20:
            break
        await asyncio.sleep(0.02)
    task.cancel()
    await asyncio.wait([task])
    assert full - _resident_bytes() >= 40 << 20
    assert len(kept) == 600

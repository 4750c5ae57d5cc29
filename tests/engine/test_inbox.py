"""What one request hears from its worker."""

from __future__ import annotations

import asyncio

import pytest

from artrator.engine.fleet import Finished, Progressed, Started, Timings
from artrator.engine.wire.frames import FrameError
from artrator.engine.wire.inbox import Inbox
from artrator.kernel.errors import Invalid

FINISHED = Finished(outputs={}, timings=Timings(queue_s=0, predict_s=0, encode_s=0), engine={})


async def test_only_the_newest_progress_waits_for_a_slow_reader() -> None:
    inbox = Inbox()
    inbox.put(Started())
    for step in range(10_000):
        inbox.put(Progressed(step=step, steps=10_000))
    inbox.put(FINISHED)
    assert [await inbox.get() for _ in range(3)] == [Started(), Progressed(step=9_999, steps=10_000), FINISHED]


async def test_a_reader_waits_for_news() -> None:
    inbox = Inbox()
    reading = asyncio.create_task(inbox.get())
    await asyncio.sleep(0)
    inbox.put(Started())
    assert await reading == Started()
    reading = asyncio.create_task(inbox.get())
    await asyncio.sleep(0)
    assert not reading.done()
    inbox.put(FINISHED)
    assert await reading is FINISHED


async def test_an_error_ends_the_run() -> None:
    inbox = Inbox()
    inbox.put(Invalid("input_missing", "There is no x."))
    assert inbox.has_ended
    with pytest.raises(Invalid):
        await inbox.get()


def test_a_worker_that_goes_on_after_the_end_breaks_the_protocol() -> None:
    inbox = Inbox()
    inbox.put(FINISHED)
    with pytest.raises(FrameError):
        inbox.put(Started())


def test_a_worker_that_starts_a_run_twice_breaks_the_protocol() -> None:
    inbox = Inbox()
    inbox.put(Started())
    with pytest.raises(FrameError):
        inbox.put(Started())

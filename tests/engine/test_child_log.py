"""What a child writes to standard error, in our log."""

from __future__ import annotations

import asyncio

import pytest

from artrator.engine.processes.child_log import MAX_LINE_CHARACTERS, MAX_LOGGED_BYTES, log_errors


async def logged(text: bytes, caplog: pytest.LogCaptureFixture) -> list[str]:
    """Log what a child wrote before it ended."""
    stream = asyncio.StreamReader()
    stream.feed_data(text)
    stream.feed_eof()
    await log_errors(stream, "worker 1")
    return [record.getMessage() for record in caplog.records]


async def test_lines_are_logged_with_the_name_of_the_child(caplog: pytest.LogCaptureFixture) -> None:
    assert await logged(b"one\n\ntwo", caplog) == ["worker 1: one", "worker 1: two"]


async def test_a_stranger_cannot_forge_lines_or_colour_them(caplog: pytest.LogCaptureFixture) -> None:
    said = await logged("\x1b[31mred\r\u2028ERROR forged \x9b\xff\n".encode("utf-8") + b"\xff\xfe\n", caplog)
    assert all(each.isprintable() for each in said)
    assert len(said) == 2


async def test_a_flood_is_cut_off(caplog: pytest.LogCaptureFixture) -> None:
    said = await logged(b"x" * 10_000 + b"\n" + b"flood\n" * MAX_LOGGED_BYTES, caplog)
    assert sum(len(each) for each in said) < 6 * MAX_LOGGED_BYTES
    assert max(len(each) for each in said) < MAX_LINE_CHARACTERS + 50
    assert "dropped" in said[-1]

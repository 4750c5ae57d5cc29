"""What every store of blobs keeps to: a folder, and a bucket on a stand-in server for S3."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr
from tests.conftest import Bucket

from artrator.kernel.errors import Invalid, NotFound
from artrator.storage.blobs import Blobs, open_blobs
from artrator.storage.settings import StorageSettings


@pytest.fixture(params=["folder", "bucket"])
async def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Blobs]:
    settings = StorageSettings()
    if request.param == "bucket":
        bucket: Bucket = request.getfixturevalue("bucket")
        settings = StorageSettings(
            url=f"{bucket.url}/{tmp_path.name}",
            s3_endpoint=bucket.endpoint,
            s3_access_key_id=SecretStr("local"),
            s3_secret_access_key=SecretStr("local"),
        )
    opened = open_blobs(settings, tmp_path)
    yield opened
    await opened.close()


async def _read(blobs: Blobs, key: str, start: int = 0, end: int | None = None) -> bytes:
    return b"".join([chunk async for chunk in blobs.stream(key, start, end)])


async def test_what_was_put_is_got_with_its_type_and_size(blobs: Blobs) -> None:
    await blobs.put("outputs/a/0.png", b"picture", media_type="image/png")
    head = await blobs.head("outputs/a/0.png")
    assert (head.size_bytes, head.media_type) == (7, "image/png")
    assert await blobs.get("outputs/a/0.png") == b"picture"


async def test_a_type_that_the_suffix_does_not_tell_is_kept(blobs: Blobs) -> None:
    await blobs.put("files/one", b"{}", media_type="application/json")
    await blobs.put("files/two.png", b"hm", media_type="application/pdf")
    assert (await blobs.head("files/one")).media_type == "application/json"
    assert (await blobs.head("files/two.png")).media_type == "application/pdf"


async def test_a_type_does_not_outlive_its_blob(blobs: Blobs) -> None:
    await blobs.put("files/two.png", b"hm", media_type="application/pdf")
    await blobs.put("files/two.png", b"picture", media_type="image/png")
    assert (await blobs.head("files/two.png")).media_type == "image/png"


async def test_a_second_put_replaces_the_first_and_its_tag(blobs: Blobs) -> None:
    await blobs.put("a.bin", b"one")
    before = (await blobs.head("a.bin")).etag
    await blobs.put("a.bin", b"another")
    assert await blobs.get("a.bin") == b"another"
    assert (await blobs.head("a.bin")).etag != before


async def test_a_range_is_read_without_the_rest(blobs: Blobs) -> None:
    await blobs.put("digits.bin", b"0123456789")
    assert await _read(blobs, "digits.bin", 3, 6) == b"345"
    assert await _read(blobs, "digits.bin", 8) == b"89"
    assert await _read(blobs, "digits.bin", 4, 4) == b""


async def test_a_large_blob_streams_in_and_out(blobs: Blobs) -> None:
    block = os.urandom(1024 * 1024)

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(12):
            await asyncio.sleep(0)
            yield block

    await blobs.put("large.bin", chunks())
    assert (await blobs.head("large.bin")).size_bytes == 12 * len(block)
    sizes = [len(chunk) async for chunk in blobs.stream("large.bin")]
    assert sum(sizes) == 12 * len(block)
    assert len(sizes) > 1


async def test_a_file_is_put_by_its_path(blobs: Blobs, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"from a file")
    await blobs.put("copy.bin", source)
    assert await blobs.get("copy.bin") == b"from a file"


async def test_an_empty_blob_is_a_blob(blobs: Blobs) -> None:
    await blobs.put("empty.bin", b"")
    assert await blobs.get("empty.bin") == b""
    assert (await blobs.head("empty.bin")).size_bytes == 0


async def test_a_blob_that_is_not_there_is_not_found(blobs: Blobs) -> None:
    await blobs.put("folder/inside.bin", b"x")
    for key in ("nothing.bin", "folder", "folder/inside.bin/deeper"):
        with pytest.raises(NotFound, match="no such file"):
            await blobs.get(key)
        with pytest.raises(NotFound):
            await blobs.head(key)
        with pytest.raises(NotFound):
            await _read(blobs, key)
        assert not await blobs.exists(key)


async def test_deleting_is_final_and_may_be_repeated(blobs: Blobs) -> None:
    await blobs.put("a.bin", b"x")
    await blobs.delete("a.bin")
    await blobs.delete("a.bin")
    assert not await blobs.exists("a.bin")


@pytest.mark.parametrize(
    "key",
    ["", "/etc/passwd", "../secret", "a/../../secret", "a//b", ".unfinished/x", "a/.b", "a\\b", "a b", "ä", "a\n", "a" * 600, "a#1"],
)  # fmt: skip
async def test_a_key_that_could_climb_or_hide_is_refused(blobs: Blobs, key: str) -> None:
    with pytest.raises(Invalid, match="key"):
        await blobs.put(key, b"x")
    with pytest.raises(Invalid):
        await blobs.get(key)
    with pytest.raises(Invalid):
        await blobs.delete(key)


async def test_a_stream_that_breaks_leaves_nothing(blobs: Blobs) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield b"half"
        raise RuntimeError("the sender is gone")

    with pytest.raises(RuntimeError, match="gone"):
        await blobs.put("half.bin", chunks())
    assert not await blobs.exists("half.bin")


async def test_readers_see_the_old_blob_or_the_new_one_and_nothing_between(blobs: Blobs) -> None:
    versions = [bytes([letter]) * 200_000 for letter in b"abcd"]
    await blobs.put("busy.bin", versions[0])

    async def write() -> None:
        for version in versions * 3:
            await blobs.put("busy.bin", version)

    async def read(writer: asyncio.Task[None]) -> None:
        while not writer.done():
            assert await blobs.get("busy.bin") in versions

    writer = asyncio.create_task(write())
    await asyncio.gather(writer, read(writer), read(writer))

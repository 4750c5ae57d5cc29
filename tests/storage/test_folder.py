"""A full disk and a dead writer leave clear errors and no half blobs."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from artrator.kernel.errors import Unavailable
from artrator.storage.blobs import open_blobs
from artrator.storage.folder import BlobFolder
from artrator.storage.settings import StorageSettings

WRITE_MORE_THAN_FITS = """
import asyncio, resource, signal, sys
from pathlib import Path
from artrator.kernel.errors import Unavailable
from artrator.storage.blobs import open_blobs
from artrator.storage.settings import StorageSettings

async def main():
    blobs = open_blobs(StorageSettings(), Path(sys.argv[1]))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
    async def chunks():
        for _ in range(20):
            yield bytes(100)
    for data in (bytes(2000), chunks()):
        try:
            await blobs.put("large.bin", data)
        except Unavailable as error:
            print(error.code)
    await blobs.put("small.bin", bytes(500))
    print(await blobs.exists("large.bin"), len(await blobs.get("small.bin")))

asyncio.run(main())
"""


def test_what_does_not_fit_is_refused_as_storage_full_and_leaves_nothing(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", WRITE_MORE_THAN_FITS, str(tmp_path)], capture_output=True, text=True, check=True, timeout=60
    )  # fmt: skip
    assert ran.stdout.split() == ["storage_full", "storage_full", "False", "500"]
    assert not list((tmp_path / "blobs" / ".unfinished").iterdir())


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of one megabyte."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)]
    if shutil.which("mount") is None or subprocess.run(mount, check=False, stderr=subprocess.DEVNULL).returncode != 0:
        pytest.skip("only root on Linux can mount a small disk")
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)  # whoever was forked meanwhile may hold a file


async def test_a_full_disk_is_reported_and_heals(small_disk: Path) -> None:
    blobs = open_blobs(StorageSettings(), small_disk)
    await blobs.put("kept.bin", os.urandom(300_000))
    with pytest.raises(Unavailable) as caught:
        await blobs.put("large.bin", os.urandom(2_000_000))
    assert caught.value.code == "storage_full"
    await blobs.delete("kept.bin")
    await blobs.put("fits.bin", os.urandom(700_000))
    assert (await blobs.head("fits.bin")).size_bytes == 700_000
    await blobs.close()


def test_what_a_dead_writer_left_is_swept_and_was_never_a_blob(tmp_path: Path) -> None:
    folder = BlobFolder(tmp_path)
    writing = folder.writing("a.bin", "application/octet-stream")
    writing.__enter__().write(b"half")
    assert not (tmp_path / "a.bin").exists()
    folder.sweep(older_than_s=3600)
    assert len(list((tmp_path / ".unfinished").iterdir())) == 1
    folder.sweep(older_than_s=0)
    assert not list((tmp_path / ".unfinished").iterdir())


async def test_a_bucket_that_cannot_be_reached_is_unavailable_within_seconds(tmp_path: Path) -> None:
    with socket.socket() as taken:  # bound and not listening: a connection is refused
        taken.bind(("127.0.0.1", 0))
        settings = StorageSettings(
            url="s3://bucket/prefix",
            s3_endpoint=f"http://127.0.0.1:{taken.getsockname()[1]}",
            s3_access_key_id=SecretStr("local"),
            s3_secret_access_key=SecretStr("local"),
        )
        blobs = open_blobs(settings, tmp_path)
        async with asyncio.timeout(30):
            with pytest.raises(Unavailable) as caught:
                await blobs.put("a.bin", b"x")
    assert caught.value.code == "storage_unavailable"
    assert "127.0.0.1" not in caught.value.message
    await blobs.close()


async def test_blobs_that_come_together_are_all_there_and_one_that_fails_fails_alone(tmp_path: Path) -> None:
    blobs = open_blobs(StorageSettings(), tmp_path)
    (tmp_path / "blobs" / "taken").write_bytes(b"a file, where a folder is wanted")
    keys = [f"outputs/{index % 3}/{index}.png" for index in range(200)]
    puts = [blobs.put(key, key.encode()) for key in keys]
    results = await asyncio.gather(blobs.put("taken/below.png", b"x"), *puts, return_exceptions=True)
    assert isinstance(results[0], Unavailable)
    assert results[1:] == [None] * len(keys)
    assert [await blobs.get(key) for key in keys] == [key.encode() for key in keys]
    assert not list((tmp_path / "blobs" / ".unfinished").iterdir())
    await blobs.close()


async def test_of_two_blobs_with_one_key_that_come_together_one_is_there_whole(tmp_path: Path) -> None:
    blobs = open_blobs(StorageSettings(), tmp_path)
    await asyncio.gather(*(blobs.put("same.bin", bytes([each]) * 5000) for each in range(8)))
    found = await blobs.get("same.bin")
    assert (len(found), len(set(found))) == (5000, 1)
    await blobs.close()


async def test_what_was_given_before_the_end_is_written_at_the_end(tmp_path: Path) -> None:
    blobs = open_blobs(StorageSettings(), tmp_path)
    putting = asyncio.gather(*(blobs.put(f"{index}.bin", b"x") for index in range(100)))
    await asyncio.sleep(0)
    await blobs.close()
    await putting
    assert len(list((tmp_path / "blobs").glob("*.bin"))) == 100

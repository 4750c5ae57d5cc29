"""Bundles on this machine's disk: whole or not there, bounded, leased, and still good after a restart."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from tests.catalog.bundles import manifest

from artrator.bundle.digest import bundle_digest
from artrator.bundle.pack import pack
from artrator.catalog.bundle_cache import BundleCache, bundle_key
from artrator.kernel.errors import NotFound, Unavailable
from artrator.kernel.ids import Digest
from artrator.storage.blobs import Blobs

WEIGHT_BYTES = 100_000


class Store:
    """Puts bundles of a known size into the blobs."""

    def __init__(self, blobs: Blobs, folder: Path) -> None:
        self.blobs = blobs
        self._folder = folder

    async def put(self, name: str, *, under: Digest | None = None) -> Digest:
        folder = self._folder / name
        (folder / "weights").mkdir(parents=True)
        (folder / "artrator.yaml").write_text(manifest(name))
        (folder / "decoder.onnx").write_bytes(name.encode())
        (folder / "weights" / "one.bin").write_bytes(bytes(WEIGHT_BYTES))
        archive = self._folder / f"{name}.zip"
        digest = pack(folder, archive)
        await self.blobs.put(bundle_key(under or digest), archive)
        return digest


@pytest.fixture
def store(blobs: Blobs, tmp_path: Path) -> Store:
    return Store(blobs, tmp_path / "packed")


@pytest.fixture
def cache_folder(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def open_cache(blobs: Blobs, cache_folder: Path) -> Callable[[int], BundleCache]:
    return lambda bundles: BundleCache(blobs, cache_folder, max_bytes=int(bundles * WEIGHT_BYTES * 1.1))


def _installed(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if not path.name.startswith(".")}


async def test_a_leased_bundle_is_whole_and_read_only(store: Store, open_cache: Callable[[int], BundleCache]) -> None:
    digest = await store.put("one")
    async with open_cache(3).lease(digest) as folder:
        assert bundle_digest(folder) == digest
        modes = {path.stat().st_mode & 0o777 for path in folder.rglob("*")}
    assert modes == {0o444, 0o555}


async def test_many_that_ask_at_once_are_given_one_copy(
    store: Store, open_cache: Callable[[int], BundleCache], cache_folder: Path
) -> None:
    digest = await store.put("one")
    cache = open_cache(3)
    inodes: set[int] = set()

    async def use() -> None:
        async with cache.lease(digest) as folder:
            inodes.add((folder / "artrator.yaml").stat().st_ino)

    await asyncio.gather(*(use() for _ in range(20)))
    assert len(inodes) == 1
    assert not list((cache_folder / ".unfinished").iterdir())


async def test_a_caller_that_gives_up_does_not_spoil_it_for_the_others(
    store: Store, open_cache: Callable[[int], BundleCache]
) -> None:
    digest = await store.put("one")
    cache = open_cache(3)

    async def use() -> Digest:
        async with cache.lease(digest) as folder:
            return bundle_digest(folder)

    impatient, patient = asyncio.create_task(use()), asyncio.create_task(use())
    await asyncio.sleep(0)
    impatient.cancel()
    assert await patient == digest


async def test_the_least_recently_used_goes_first(
    store: Store, open_cache: Callable[[int], BundleCache], cache_folder: Path
) -> None:
    one, two, three = [await store.put(name) for name in ("one", "two", "three")]
    cache = open_cache(2)
    for digest in (one, two, one, three):
        async with cache.lease(digest):
            pass
    assert _installed(cache_folder) == {one, three}
    assert cache.used_bytes <= 2 * WEIGHT_BYTES * 1.1


async def test_what_is_leased_stays_even_beyond_the_bound_and_goes_afterwards(
    store: Store, open_cache: Callable[[int], BundleCache], cache_folder: Path
) -> None:
    digests = [await store.put(name) for name in ("one", "two", "three")]
    cache = open_cache(1)
    async with AsyncExitStack() as stack:
        for digest in digests:
            await stack.enter_async_context(cache.lease(digest))
        assert _installed(cache_folder) == set(digests)
    assert len(_installed(cache_folder)) == 1


async def test_an_evicted_bundle_is_fetched_again(store: Store, open_cache: Callable[[int], BundleCache]) -> None:
    one, two = [await store.put(name) for name in ("one", "two")]
    cache = open_cache(1)
    for digest in (one, two, one):
        async with cache.lease(digest) as folder:
            assert bundle_digest(folder) == digest


async def test_leases_and_evictions_may_cross(store: Store, open_cache: Callable[[int], BundleCache]) -> None:
    digests = [await store.put(f"bundle-{number}") for number in range(4)]
    cache = open_cache(1)

    async def use(number: int) -> None:
        digest = digests[number % 4]
        async with cache.lease(digest) as folder:
            await asyncio.sleep(0)
            assert (folder / "weights" / "one.bin").stat().st_size == WEIGHT_BYTES

    await asyncio.gather(*(use(number) for number in range(40)))


async def test_what_lies_there_survives_a_restart_without_the_store(
    store: Store, open_cache: Callable[[int], BundleCache]
) -> None:
    digest = await store.put("one")
    async with open_cache(3).lease(digest):
        pass
    await store.blobs.delete(bundle_key(digest))
    again = open_cache(3)
    assert again.used_bytes > WEIGHT_BYTES
    async with again.lease(digest) as folder:
        assert bundle_digest(folder) == digest


@pytest.mark.parametrize("damage", ["missing", "changed", "more", "empty"])
async def test_what_a_crash_damaged_is_fetched_again(
    store: Store, open_cache: Callable[[int], BundleCache], damage: str
) -> None:
    digest = await store.put("one")
    async with open_cache(3).lease(digest) as folder:
        pass
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755)
    match damage:
        case "missing":
            (folder / "decoder.onnx").unlink()
        case "changed":
            (folder / "decoder.onnx").write_bytes(b"onX")
        case "more":
            (folder / "another.onnx").write_bytes(b"x")
        case _:
            for path in folder.rglob("*.*"):
                path.unlink()
    async with open_cache(3).lease(digest) as again:
        assert bundle_digest(again) == digest


async def test_what_was_half_written_when_the_process_died_is_swept(
    store: Store, open_cache: Callable[[int], BundleCache], cache_folder: Path
) -> None:
    digest = await store.put("one")
    half = cache_folder / ".unfinished" / "abc" / "bundle"
    half.mkdir(parents=True)
    (half / "artrator.yaml").write_text("half")
    async with open_cache(3).lease(digest) as folder:
        assert bundle_digest(folder) == digest
    assert not list((cache_folder / ".unfinished").iterdir())


async def test_a_bundle_that_does_not_match_its_digest_is_never_given(
    store: Store, open_cache: Callable[[int], BundleCache], cache_folder: Path
) -> None:
    wrong = Digest("0" * 64)
    await store.put("one", under=wrong)
    with pytest.raises(Unavailable) as caught:
        async with open_cache(3).lease(wrong):
            pass
    assert caught.value.code == "bundle_damaged"
    assert _installed(cache_folder) == set()


async def test_a_bundle_that_is_no_archive_is_never_given(
    store: Store, open_cache: Callable[[int], BundleCache], blobs: Blobs
) -> None:
    digest = await store.put("one")
    await blobs.put(bundle_key(digest), b"not a zip")
    cache = open_cache(3)
    with pytest.raises(Unavailable):
        async with cache.lease(digest):
            pass
    await blobs.delete(bundle_key(digest))
    with pytest.raises(NotFound):
        async with cache.lease(digest):
            pass

"""Many who ask at once share one fetch, its result and its failure; nobody's going away takes it from the others."""

from __future__ import annotations

import asyncio

import pytest

from artrator.kernel.single_flight import SingleFlight


class Slow:
    """Counts how often it is asked, and answers when told to."""

    def __init__(self) -> None:
        self.asked = 0
        self.release = asyncio.Event()

    async def fetch(self) -> int:
        self.asked += 1
        await self.release.wait()
        return self.asked


async def test_all_who_ask_at_once_share_one_fetch() -> None:
    flight, slow = SingleFlight[str, int](), Slow()
    asking = [asyncio.create_task(flight.get("a", slow.fetch)) for _ in range(50)]
    await asyncio.sleep(0)
    slow.release.set()
    assert await asyncio.gather(*asking) == [1] * 50
    assert await flight.get("a", slow.fetch) == 2


async def test_other_keys_are_fetched_beside_it() -> None:
    flight, first, second = SingleFlight[str, int](), Slow(), Slow()
    waiting = asyncio.create_task(flight.get("a", first.fetch))
    await asyncio.sleep(0)
    second.release.set()
    assert await flight.get("b", second.fetch) == 1
    first.release.set()
    assert await waiting == 1


async def test_a_failure_reaches_everybody_and_is_not_kept() -> None:
    flight, slow = SingleFlight[str, int](), Slow()

    async def fail() -> int:
        await slow.fetch()
        raise ValueError("no")

    asking = [asyncio.create_task(flight.get("a", fail)) for _ in range(3)]
    await asyncio.sleep(0)
    slow.release.set()
    assert [type(each) for each in await asyncio.gather(*asking, return_exceptions=True)] == [ValueError] * 3
    assert await flight.get("a", slow.fetch) == 2


async def test_who_goes_away_does_not_end_the_fetch_of_the_others() -> None:
    flight, slow = SingleFlight[str, int](), Slow()
    first, second = (asyncio.create_task(flight.get("a", slow.fetch)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    slow.release.set()
    assert await second == 1

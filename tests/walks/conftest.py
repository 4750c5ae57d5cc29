"""A platform whose fleet paints plain pictures, a creator with a model that costs a cent, and a buyer with some credits."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.platforms import Plan, Platform, open_platform
from tests.walks.walk_fleet import WalkFleet

from artrator.identity.user import User
from artrator.kernel.ids import Digest
from artrator.ledger.books import check_books
from artrator.walks.film import Film, FilmStatus
from artrator.walks.schemas import NewWalk
from artrator.walks.walk import Frame, Walk

PRICE_MICROS = 10_001
FRAME_MICROS = 2_501
"""A quarter of the price, rounded up."""
CREDITS_MICROS = 1_000_000
MANIFEST = """\
name: scripted
pipeline: latent-to-image
license: CC-BY-4.0
graphs: {decoder: decoder.onnx}
inputs:
  seed: {type: seed}
  tone: {type: number, minimum: 0, maximum: 1, default: 0.5}
  picture: {type: image, required: false}
outputs:
  image: {type: image}
config: {image_range: [-1, 1]}
"""
WIDE_FROM = 9
"""Uniform frames after which a round has eight: two keyframes, then one, two and four between them came before."""
WAIT_S = 120.0
"""Less than a test may take, so that a wait in vain says for what."""
FILM_S = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Who is there, and what they do."""

    platform: Platform
    fleet: WalkFleet
    creator: User
    buyer: User
    digest: Digest
    plan: Plan

    async def walk(self, *, key: str | None = None, user: User | None = None, **asked: Any) -> Walk:
        """Have the buyer make a walk."""
        body = {"model": "atelier/scripted", "keyframes": [{"seed": 1}, {"seed": 2}], "frames": 6, **asked}
        wanted = NewWalk.model_validate(body).wanted()
        return await self.platform.walks.creation.create(user or self.buyer, wanted, key)

    async def read(self, walk: Walk) -> Walk:
        """Give the row as it is now."""
        return await self.platform.walks.reader.find(walk.id)

    async def frames(self, walk: Walk) -> list[Frame]:
        """Give its frames."""
        return list(await self.platform.walks.reader.frames(walk))

    async def final(self, walk: Walk) -> Walk:
        """Wait until a walk has ended."""
        return await self.until(walk, lambda row: row.status.final)

    async def until(self, walk: Walk, condition: Callable[[Walk], bool], *, within_s: float = WAIT_S) -> Walk:
        """Wait until the row fulfils a condition."""
        ends_s = time.monotonic() + within_s
        while True:
            row = await self.read(walk)
            if condition(row):
                return row
            assert time.monotonic() < ends_s, row
            await asyncio.sleep(0.02)

    async def stopped_in_a_wide_round(self) -> Walk:
        """Make a walk that stands still where more frames are to come at once than may: rounds begin with few."""
        await self.fleet.let(WIDE_FROM)
        return await self.rendered(await self.walk(frames=60, spacing="uniform"), WIDE_FROM)

    async def rendered(self, walk: Walk, count: int) -> Walk:
        """Wait until so many frames are there."""
        return await self.until(walk, lambda row: row.rendered >= count)

    async def film(self, film: Film) -> Film:
        """Wait until a film is written, or is not to be."""
        ends_s = time.monotonic() + FILM_S
        while True:
            row = await self.platform.walks.films.get(await self.platform.walks.reader.find(film.walk_id), film.format)
            if row.status is not FilmStatus.PROCESSING:
                return row
            assert time.monotonic() < ends_s, row
            await asyncio.sleep(0.05)

    async def available(self) -> int:
        """What the buyer can spend."""
        return (await self.platform.wallets.balance(self.buyer.id)).available

    async def held(self) -> int:
        """What is held of the buyer's."""
        return (await self.platform.wallets.balance(self.buyer.id)).held

    async def books_balance(self) -> bool:
        """Recompute every sum of the ledger."""
        async with self.platform.database.unit_of_work() as connection:
            report = await check_books(connection, now=self.plan.clock(), stale_hold_s=3600)
        return report.balance


def write_bundle(folder: Path, name: str = "scripted", manifest: str = MANIFEST) -> Path:
    """Write a bundle that the fleet of these tests paints."""
    bundle = folder / name
    bundle.mkdir(parents=True)
    (bundle / "artrator.yaml").write_text(manifest.replace("scripted", name))
    (bundle / "decoder.onnx").write_bytes(b"never opened")
    return bundle


@pytest.fixture
def fleet() -> WalkFleet:
    return WalkFleet()


@pytest.fixture
def plan(dsn: str, tmp_path: Path, fleet: WalkFleet) -> Plan:
    return Plan(dsn=dsn, home=tmp_path / "home", fleet=fleet)


@pytest.fixture
async def platform(plan: Plan) -> AsyncIterator[Platform]:
    async with open_platform(plan) as opened:
        yield opened


@pytest.fixture
async def scene(platform: Platform, fleet: WalkFleet, plan: Plan, tmp_path: Path) -> Scene:
    creator = await platform.make_user("atelier")
    buyer = await platform.make_user("demo", credits_micros=CREDITS_MICROS)
    digest = await platform.publish(creator, write_bundle(tmp_path), price_micros=PRICE_MICROS)
    return Scene(platform=platform, fleet=fleet, creator=creator, buyer=buyer, digest=digest, plan=plan)

"""Walks by the real engine: sandboxed workers render frames of a diffusion model and of a VAE."""

from __future__ import annotations

import asyncio
import base64
import io
import shutil
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from tests.engine.pipelines.test_text_to_image import TINY, manifest
from tests.platforms import Plan, Platform, open_platform

from artrator.identity.user import User
from artrator.kernel.errors import Invalid
from artrator.starters import starter_folders
from artrator.walks.schemas import NewWalk
from artrator.walks.walk import Frame, Walk, WalkStatus

END_S, TIDY_S = 600.0, 60.0
PROMPTS = [{"prompt": "a red circle"}, {"prompt": "four o'clock"}]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gallery:
    platform: Platform
    home: Path
    painter: User

    async def walk(self, **asked: Any) -> tuple[Walk, list[Frame]]:
        body = {"model": "painter/tiny", "keyframes": PROMPTS, "input": {"steps": 8, "seed": 3}, "frames": 12, **asked}
        walks = self.platform.walks
        made = await walks.creation.create(self.painter, NewWalk.model_validate(body).wanted(), None)
        ends_s = time.monotonic() + END_S
        while not (walk := await walks.reader.find(made.id)).status.final:
            assert time.monotonic() < ends_s, walk
            await asyncio.sleep(0.05)
        return walk, list(await walks.reader.frames(walk))

    async def tidied(self, walk: Walk) -> None:
        """Wait for the job that deletes what the frames of an ended walk kept."""
        ends_s = time.monotonic() + TIDY_S
        while any(frame.states is not None for frame in await self.platform.walks.reader.frames(walk)):
            assert time.monotonic() < ends_s
            await asyncio.sleep(0.05)

    async def pixels(self, frame: Frame) -> np.ndarray:
        with Image.open(io.BytesIO(await self.platform.blobs.get(frame.file.key))) as picture:
            return np.asarray(picture.convert("RGB"), np.float64)


@pytest.fixture
async def gallery(dsn: str, tmp_path: Path) -> AsyncIterator[Gallery]:
    async with open_platform(Plan(dsn=dsn, home=tmp_path / "home")) as platform:
        painter = await platform.make_user("painter")
        folder = tmp_path / "tiny"
        shutil.copytree(TINY, folder)
        (folder / "artrator.yaml").write_text(manifest().model_dump_json(exclude_none=True, exclude_defaults=True))
        await platform.publish(painter, folder)
        vae = tmp_path / "palette-vae"
        shutil.copytree(next(each for each in starter_folders() if each.name == "palette-vae"), vae)
        await platform.publish(painter, vae)
        yield Gallery(platform=platform, home=tmp_path / "home", painter=painter)


@pytest.mark.timeout(1200)
async def test_prompts_seeds_and_pictures_walk_and_share_their_steps(gallery: Gallery) -> None:
    alone, frames = await gallery.walk(sharing=0.0)
    assert alone.status is WalkStatus.SUCCEEDED, alone.error
    assert (alone.evaluations, alone.evaluations_alone) == (12 * 8, 8)
    shared, among = await gallery.walk(sharing=1.0)
    assert shared.status is WalkStatus.SUCCEEDED, shared.error
    assert shared.evaluations < alone.evaluations
    for frame, again in zip((frames[0], frames[-1]), (among[0], among[-1]), strict=True):
        assert frame.file.sha256 == again.file.sha256, "keyframes are rendered alone"
    assert all(frame.distance is not None for frame in frames[:-1])
    assert shared.evenness is not None
    await gallery.tidied(shared)
    assert not list((gallery.home / "blobs" / "walks").rglob("*.bin")), "what frames kept goes with the walk"


@pytest.mark.timeout(1200)
async def test_a_picture_is_a_keyframe_and_a_broken_one_is_refused_at_once(gallery: Gallery) -> None:
    buffer = io.BytesIO()
    Image.radial_gradient("L").convert("RGB").resize((32, 32)).save(buffer, "PNG")
    whole = f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"
    torn = f"data:image/png;base64,{base64.b64encode(buffer.getvalue()[:-60]).decode()}"
    with pytest.raises(Invalid) as refused:
        await gallery.walk(keyframes=[{"prompt": "ink"}, {"image": torn, "prompt": "ink"}])
    assert refused.value.field == "keyframes.1.image"
    walk, frames = await gallery.walk(keyframes=[{"prompt": "ink"}, {"image": whole, "strength": 0.5}], frames=4)
    assert walk.status is WalkStatus.SUCCEEDED, walk.error
    assert len(frames) == 4


@pytest.mark.timeout(1200)
async def test_latents_walk_by_the_same_code_and_evenly(gallery: Gallery) -> None:
    walk, frames = await gallery.walk(
        model="painter/palette-vae",
        keyframes=[{"seed": 1, "palette": "warm"}, {"seed": 7, "palette": "ocean"}],
        input={"style": "hills"},
        frames=24,
        ending="loop",
    )
    assert walk.status is WalkStatus.SUCCEEDED, walk.error
    assert walk.evenness is not None
    assert walk.evenness <= 0.3
    pictures = [await gallery.pixels(frame) for frame in frames]
    assert min(np.abs(one - other).mean() for one, other in pairwise(pictures)) > 0

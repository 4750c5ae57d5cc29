"""LoRAs in sandboxed workers: introduced with their bases, and gone with them."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

from artrator.bundle.digest import bundle_digest
from artrator.engine.fleet import ChosenLora, InstalledBundle
from artrator.engine.local import LocalFleet
from tests.contracts.fleet.fleets import run
from tests.engine.pipelines.test_loras import ASKED, LORAS, asking, golden, lora_on, picture
from tests.engine.pipelines.test_text_to_image import TINY, manifest


def bundles(cache: Path) -> tuple[InstalledBundle, InstalledBundle, InstalledBundle]:
    """Put the tiny model and its LoRAs where workers read."""
    shutil.copytree(TINY, cache / "base")
    base = InstalledBundle(
        digest=bundle_digest(cache / "base"), folder=cache / "base", manifest=manifest(), batchable=True
    )
    loras: list[InstalledBundle] = []
    for name in ("style", "ink"):
        (cache / name).mkdir()
        shutil.copy(LORAS / f"{name}.safetensors", cache / name / "l.safetensors")
        loras.append(lora_on(base, cache / name))
    return (base, *loras)


async def test_a_worker_runs_loras_beside_their_base(fleet: LocalFleet, bundle_cache: Path) -> None:
    base, style, ink = bundles(bundle_cache)
    both = (ChosenLora(bundle=style, weight=0.7), ChosenLora(bundle=ink, weight=1.5))
    asked = {"style": asking(style), "plain": asking(base), "ink": asking(ink), "both": asking(base, *both)}
    finished = await asyncio.gather(*(run(fleet, each) for each in asked.values()))
    for name, each in zip(asked, finished, strict=True):
        assert int(abs(picture(each) - golden(name)).max()) <= 1, name


async def test_a_forgotten_base_is_introduced_anew_with_its_lora(fleet: LocalFleet, bundle_cache: Path) -> None:
    base, style, _ = bundles(bundle_cache)
    await run(fleet, asking(style))
    await fleet.forget(base.digest)
    assert int(abs(picture(await run(fleet, asking(style, **{"seed": ASKED["seed"]}))) - golden("style")).max()) <= 1

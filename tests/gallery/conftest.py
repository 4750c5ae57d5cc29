"""A platform with real worker processes and tiny bundles that have examples, and one on whose wall items are put."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest
from PIL import Image
from tests.engine.graphs import make_bundle
from tests.platforms import Plan, Platform, open_platform
from tests.predictions.scripted_fleet import ScriptedFleet

from artrator.kernel.ids import Digest, ModelId


def png(colour: str = "orange", *, width_px: int = 16, height_px: int = 16) -> bytes:
    """Paint a picture."""
    buffer = io.BytesIO()
    Image.new("RGB", (width_px, height_px), colour).save(buffer, "PNG")
    return buffer.getvalue()


def write_bundle(folder: Path, name: str, kind: str, examples: str, files: Mapping[str, bytes] | None = None) -> Path:
    """Write a bundle of a kind of `tests.engine.graphs.KINDS`, with examples and the files that they name."""
    bundle = folder / name
    make_bundle(bundle, kind, name=name)
    with (bundle / "artrator.yaml").open("a") as manifest:
        manifest.write(f"examples: {examples}\n")
    for path, content in (files or {}).items():
        (bundle / path).parent.mkdir(exist_ok=True)
        (bundle / path).write_bytes(content)
    return bundle


async def model_id_of(platform: Platform, owner: str, name: str) -> ModelId:
    return (await platform.catalog.get_model(owner, name, None)).model.id


async def published(platform: Platform, bundle: Path) -> tuple[ModelId, Digest]:
    """Publish a bundle by a new creator, atelier."""
    digest = await platform.publish(await platform.make_user("atelier"), bundle)
    return await model_id_of(platform, "atelier", bundle.name), digest


@pytest.fixture
async def studio(dsn: str, tmp_path: Path) -> AsyncIterator[Platform]:
    """Real worker processes."""
    async with open_platform(Plan(dsn=dsn, home=tmp_path / "home")) as platform:
        yield platform


@pytest.fixture
def plan(dsn: str, tmp_path: Path) -> Plan:
    return Plan(dsn=dsn, home=tmp_path / "home", fleet=ScriptedFleet(), works=False)


@pytest.fixture
async def platform(plan: Plan) -> AsyncIterator[Platform]:
    """No processes: nothing runs here."""
    async with open_platform(plan) as opened:
        yield opened

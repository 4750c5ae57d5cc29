"""A folder in diffusers' layout needs no manifest when it is uploaded, and gets what running its graphs tells."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.catalog.bundles import zipped
from tests.catalog.conftest import read_facts
from tests.engine.pipelines.tiny_models import lay_out

from artrator.bundle.facts import GraphFacts
from artrator.bundle.manifest import Manifest
from artrator.bundle.pack import PackCaps
from artrator.catalog.inspection import inspect
from artrator.catalog.intake import Offer, take_in
from artrator.kernel.errors import Invalid

CAPS = PackCaps()


async def completed(folder: Path, manifest: Manifest, facts: Mapping[str, GraphFacts]) -> Manifest:
    """Say in the summary what was looked at."""
    return manifest.model_copy(update={"summary": f"{len(facts)} graphs in {folder.name}"})


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    folder = lay_out(tmp_path / "tiny")
    files = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return zipped(tmp_path / "tiny.zip", files)


def scratch(tmp_path: Path, name: str) -> Path:
    (tmp_path / name).mkdir()
    return tmp_path / name


async def test_it_is_taken_in_by_the_manifest_that_it_says(archive: Path, tmp_path: Path) -> None:
    offer = Offer(file=archive, name="tiny", license="MIT")
    intake = await take_in(offer, scratch(tmp_path, "one"), caps=CAPS, read_facts=read_facts, complete=completed)
    assert (intake.manifest.pipeline, intake.manifest.summary) == ("text-to-image", "4 graphs in bundle")


async def test_it_is_shown_by_the_same_manifest_before_it_is_published(archive: Path, tmp_path: Path) -> None:
    offer = Offer(file=archive, name="tiny")
    found = await inspect(offer, scratch(tmp_path, "one"), caps=CAPS, read_facts=read_facts, complete=completed)
    assert found.manifest is not None
    assert (found.pipeline, found.needs_license) == ("text-to-image", True)
    assert found.manifest.summary == "4 graphs in bundle"


async def test_what_it_lacks_is_named(tmp_path: Path) -> None:
    folder = lay_out(tmp_path / "lacking")
    (folder / "vae_decoder" / "model.onnx").unlink()
    files = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    offer = Offer(file=zipped(tmp_path / "lacking.zip", files), name="tiny", license="MIT")
    with pytest.raises(Invalid, match="vae_decoder"):
        await take_in(offer, scratch(tmp_path, "one"), caps=CAPS, read_facts=read_facts)
    found = await inspect(offer, scratch(tmp_path, "two"), caps=CAPS, read_facts=read_facts)
    assert ["vae_decoder" in fault.message for fault in found.problems] == [True]

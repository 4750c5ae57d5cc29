"""The map of previews is fitted from a bundle's own decoder, and shows latents nearly as the decoder does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from artrator.bundle.config import TextToImageConfig
from artrator.bundle.facts import GraphFacts
from artrator.bundle.manifest import Manifest, read_manifest, write_manifest
from artrator.engine.errors import ModelFault
from artrator.engine.examination.examine import Examiner
from artrator.engine.examination.preview_map import fit_map, with_preview
from artrator.engine.pipelines.latents import draw_latent
from artrator.engine.processes.nursery import Nursery
from artrator.engine.settings import EngineSettings
from tests.engine.pipelines.tiny_models import detected, facts_of, lay_out

MEMORY_BYTES = 1 << 30


@pytest.fixture
def examiner(engine_settings: EngineSettings, nursery: Nursery | None) -> Examiner:
    return Examiner(engine_settings, nursery)


async def fitted(examiner: Examiner, folder: Path, manifest: Manifest, facts: Mapping[str, GraphFacts]) -> Manifest:
    return await with_preview(examiner, MEMORY_BYTES, folder, manifest, facts)


def config(**settings: object) -> TextToImageConfig:
    scheduler = {"_class_name": "DDIMScheduler"}
    return TextToImageConfig.model_validate({"scheduler": scheduler, "px_per_latent": 2, "multiple_of": 8, **settings})


async def test_a_folder_of_its_own_decoder_gets_a_map(examiner: Examiner, bundle_cache: Path) -> None:
    folder = lay_out(bundle_cache / "tiny")
    before, facts = detected(folder), facts_of(folder)
    manifest = await fitted(examiner, folder, before, facts)
    settings = manifest.settings()
    assert isinstance(settings, TextToImageConfig)
    assert len(settings.preview) == 5
    assert np.abs(settings.preview).max() > 5
    assert read_manifest(write_manifest(manifest)) == manifest
    assert await fitted(examiner, folder, manifest, facts) is manifest


async def test_a_decoder_that_cannot_be_asked_leaves_the_manifest_as_it_is(
    examiner: Examiner, bundle_cache: Path
) -> None:
    folder = lay_out(bundle_cache / "tiny")
    manifest, facts = detected(folder), dict(facts_of(folder))
    decoder = facts["vae_decoder/model.onnx"]
    wrong = replace(decoder.inputs[0], dims=("N", 7, "h", "w"))
    facts["vae_decoder/model.onnx"] = replace(decoder, inputs=(wrong,))
    assert await fitted(examiner, folder, manifest, facts) is manifest


def test_the_map_of_a_linear_decoder_is_that_decoder() -> None:
    latents = draw_latent(3, (1, 4, 8, 8))
    mixed = np.tensordot(np.arange(12).reshape(3, 4) / 50, latents[0], axes=1)[None] + 0.2
    picture = mixed.repeat(2, axis=2).repeat(2, axis=3).astype(np.float32)
    fit = np.array(fit_map(latents, picture, config()))
    np.testing.assert_allclose(fit[:4].T, np.arange(12).reshape(3, 4) / 50 * 127.5, atol=0.01)
    np.testing.assert_allclose(fit[4], 1.2 * 127.5, atol=0.01)


@pytest.mark.parametrize("shape", [(1, 3, 8, 8), (1, 1, 16, 16), (16, 16)])
def test_what_is_no_picture_of_the_latents_gives_no_map(shape: tuple[int, ...]) -> None:
    with pytest.raises(ModelFault):
        fit_map(draw_latent(3, (1, 4, 8, 8)), np.zeros(shape, np.float32), config())


def test_values_that_are_not_finite_give_no_map() -> None:
    with pytest.raises(ModelFault):
        fit_map(draw_latent(3, (1, 4, 8, 8)), np.full((1, 3, 16, 16), np.nan, np.float32), config())

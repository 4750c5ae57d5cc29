"""Large pictures go through the VAE in tiles: none larger than the bound, and no seam between them."""

from __future__ import annotations

from collections.abc import Callable, Generator
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.engine.pipelines.tiny_models import detected, lay_out

from artrator.bundle.config import TextToImageConfig
from artrator.engine.codecs.limits import CodecLimits
from artrator.engine.execution.call import Call, Floats, Reply, Step
from artrator.engine.execution.session import Session, StopSwitch, open_session
from artrator.engine.pipelines.diffusion.tiles import spans_of
from artrator.engine.pipelines.diffusion.unet import read_unet
from artrator.engine.pipelines.diffusion.vae import decoded, latents_of
from artrator.engine.pipelines.job import Job
from artrator.engine.pipelines.latents import draw_latent

ROLES = ("unet", "vae_decoder", "vae_encoder")
LIMITS = CodecLimits(max_image_bytes=1 << 20, max_image_px=1 << 20, max_tensor_bytes=1 << 24)
Made = TypeVar("Made")


class Tools:
    """The tiny model's graphs, and what they were given."""

    def __init__(self, folder: Path) -> None:
        self.sessions: dict[str, Session] = {
            role: open_session(folder, f"{role}/model.onnx", threads=1, stop=StopSwitch()) for role in ROLES
        }
        signatures = {role: session.signature for role, session in self.sessions.items()}
        self.job = Job(manifest=detected(folder), inputs={}, graphs=signatures, limits=LIMITS)
        self.given: list[tuple[int, ...]] = []

    def config(self, tile_px: int) -> TextToImageConfig:
        return TextToImageConfig.model_validate({**self.job.manifest.config, "tile_px": tile_px})

    def made(self, steps: Generator[Step, Reply, Made]) -> Made:
        """Answer each call of a part of the pipeline until it returns."""
        reply: Reply = None
        while True:
            try:
                call = steps.send(reply)
            except StopIteration as stop:
                return stop.value
            assert isinstance(call, Call)
            self.given.extend(each.shape for each in call.tensors.values())
            reply = self.sessions[call.graph].run(call.tensors, StopSwitch())

    def painted(self, latent: Floats, tile_px: int) -> np.ndarray:
        return self.made(decoded(self.job, self.config(tile_px), latent)).pixels.astype(int)

    def encoded(self, picture: Floats, tile_px: int) -> Floats:
        return self.made(latents_of(self.job, self.config(tile_px), read_unet(self.job), picture))


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Tools:
    return Tools(lay_out(tmp_path_factory.mktemp("tiny")))


def smooth(height: int, width: int) -> Floats:
    """A latent as pictures have them: neighbours are alike."""
    coarse = draw_latent(5, (1, 4, height // 8 + 1, width // 8 + 1))
    return np.kron(coarse, np.ones((1, 1, 8, 8), np.float32))[:, :, :height, :width]


def grained(height: int, width: int) -> Floats:
    """A latent that is the same all over, so that a part of it says what the whole does."""
    return np.kron(draw_latent(5, (1, 4, height // 2, width // 2)), np.ones((1, 1, 2, 2), np.float32))


def jumps(picture: np.ndarray) -> np.ndarray:
    """The mean step from each column to the next."""
    return np.abs(np.diff(picture, axis=1)).mean(axis=(0, 2))


def test_a_picture_within_the_bound_is_decoded_at_once(tools: Tools) -> None:
    latent = smooth(16, 16)
    tools.given.clear()
    np.testing.assert_array_equal(tools.painted(latent, 32), tools.painted(latent, 1024))
    assert tools.given == [(1, 4, 16, 16)] * 2


def test_no_tile_is_larger_than_the_bound(tools: Tools) -> None:
    tools.given.clear()
    tools.painted(smooth(52, 81), 32)
    assert len(tools.given) > 4
    assert max(max(shape[2:]) for shape in tools.given) <= 16


def test_a_large_picture_has_no_seams(tools: Tools) -> None:
    latent = grained(48, 128)
    whole, tiled = tools.painted(latent, 1024), tools.painted(latent, 128)
    side_by_side = np.concatenate([tools.painted(half, 1024) for half in np.split(latent, 2, axis=3)], axis=1)
    assert np.abs(whole - tiled).mean() < 3
    assert jumps(tiled - whole).max() < jumps(side_by_side - whole).max() / 6


def test_a_large_image_is_encoded_in_tiles(tools: Tools) -> None:
    picture = np.tanh(np.kron(smooth(32, 64)[:, :3], np.ones((1, 1, 2, 2), np.float32)))
    whole, tiled = tools.encoded(picture, 1024), tools.encoded(picture, 64)
    assert tiled.shape == whole.shape == (1, 4, 32, 64)
    assert np.abs(whole - tiled).mean() < 0.1 * whole.std()


@given(length=st.integers(1, 5000), most=st.integers(8, 512), scale=st.sampled_from([1, 2, 8]))
def test_tiles_cover_a_side_and_count_as_one(length: int, most: int, scale: int) -> None:
    total = np.zeros(length * scale)
    for span in spans_of(length, most):
        assert span.length <= most
        total[span.start * scale : span.end * scale] += span.weights(scale)
    np.testing.assert_allclose(total, 1, atol=1e-5)


def test_whatever_is_refused_of_a_config_names_the_tile(make_config: Callable[..., TextToImageConfig]) -> None:
    with pytest.raises(ValueError, match="tile_px"):
        make_config(tile_px=32, px_per_latent=8)


@pytest.fixture
def make_config() -> Callable[..., TextToImageConfig]:
    def make(**settings: object) -> TextToImageConfig:
        return TextToImageConfig.model_validate({"scheduler": {"_class_name": "DDIMScheduler"}, **settings})

    return make

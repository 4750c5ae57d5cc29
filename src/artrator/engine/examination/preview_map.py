"""Fit the linear map from latents to colours by which previews are shown, from the bundle's own decoder, in a sandboxed child."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from artrator.bundle.config import Pipeline, TextToImageConfig
from artrator.bundle.facts import GraphFacts, TensorSpec
from artrator.bundle.fields import TensorInput, TensorOutput
from artrator.bundle.manifest import Manifest
from artrator.engine.errors import Fault, ModelFault
from artrator.engine.examination.examine import Examiner
from artrator.engine.execution.call import Array, Floats
from artrator.engine.fleet import InstalledBundle, OutputFile
from artrator.engine.pipelines.latents import draw_latent
from artrator.engine.samplers.levels import Reals
from artrator.kernel.errors import ArtratorError, Unavailable
from artrator.kernel.ids import Digest

DECODER = "vae_decoder"
SIDE, GRAIN = 32, 4
"""Latents on each side of what is decoded, and of each patch of one random latent in it: a picture's neighbours are alike."""
WALL_CLOCK_S = 120.0
MAX_CHANNELS = 64
SEED = 7


async def with_preview(
    examiner: Examiner, memory_bytes: int, folder: Path, manifest: Manifest, facts: Mapping[str, GraphFacts]
) -> Manifest:
    """Add the map to a diffusion model's manifest that has none; what cannot be decoded is shown without previews.

    memory_bytes: that the child may use. facts: of the graphs, by path. Raises: Unavailable.
    """
    settings = manifest.settings() if manifest.pipeline is Pipeline.TEXT_TO_IMAGE else None
    if not isinstance(settings, TextToImageConfig) or settings.preview:
        return manifest
    decoder = facts[manifest.graphs[DECODER]]
    latents = _probe(decoder.inputs[0]) if len(decoder.inputs) == 1 == len(decoder.outputs) else None
    if latents is None:
        return manifest
    try:
        given = (latents / settings.latent_scale).astype(decoder.inputs[0].dtype)
        picture = await _decoded(examiner, _alone(folder, manifest, decoder), given, memory_bytes)
        preview = fit_map(latents, picture, settings)
    except Unavailable:
        raise
    except ArtratorError:
        return manifest
    return manifest.model_copy(update={"config": {**manifest.config, "preview": preview}})


def fit_map(latents: Floats, picture: Floats, config: TextToImageConfig) -> list[list[float]]:
    """Give the config's `preview`: for each channel what it adds to red, green and blue, and last those of zeros.

    latents: (1, C, h, w), picture: what they decode to, in the config's range. Least squares over the latents' places.
    Raises: ModelFault where it is no such picture.
    """
    _, channels, height, width = latents.shape
    side = config.px_per_latent
    if picture.shape != (1, 3, height * side, width * side) or not np.isfinite(picture).all():
        raise ModelFault(Fault.OUTPUT_INVALID, "The decoder's picture is not what px_per_latent says.")
    black, white = config.image_range
    colours = picture.reshape(3, height, side, width, side).mean(axis=(2, 4)).reshape(3, -1).T
    known: Reals = np.column_stack([latents.reshape(channels, -1).T, np.ones(height * width)])
    wanted: Reals = (colours.astype(np.float64) - black) * (255 / (white - black))
    weights: Reals = np.linalg.pinv(known) @ wanted
    return weights.round(2).tolist()


def _probe(spec: TensorSpec) -> Floats | None:
    """Make patches of random latents, (1, C, h, w); None where the graph takes something else."""
    if len(spec.dims) != 4:
        return None
    _, channels, height, width = spec.dims
    if not isinstance(channels, int) or not 0 < channels <= MAX_CHANNELS:
        return None
    sides = [side if isinstance(side, int) and 0 < side <= 4 * SIDE else SIDE for side in (height, width)]
    coarse = draw_latent(SEED, (1, channels, *(-(-side // GRAIN) for side in sides)))
    return np.kron(coarse, np.ones((1, 1, GRAIN, GRAIN), np.float32))[:, :, : sides[0], : sides[1]]


def _alone(folder: Path, manifest: Manifest, decoder: GraphFacts) -> InstalledBundle:
    """Take the decoder for a bundle of tensors."""
    given, made = decoder.inputs[0], decoder.outputs[0]
    alone = Manifest(
        name=manifest.name,
        pipeline=Pipeline.TENSOR,
        license=manifest.license,
        graphs={"model": manifest.graphs[DECODER]},
        inputs={given.name: TensorInput(type="tensor", shape=("N", "C", "H", "W"))},
        outputs={made.name: TensorOutput(type="tensor")},
    )
    return InstalledBundle(digest=Digest(""), folder=folder, manifest=alone, batchable=False)


async def _decoded(examiner: Examiner, bundle: InstalledBundle, latents: Array, memory_bytes: int) -> Floats:
    buffer = io.BytesIO()
    np.save(buffer, latents)
    (given,), (made,) = bundle.manifest.inputs, bundle.manifest.outputs
    rehearsal = await examiner.rehearse(
        bundle, [{given: buffer.getvalue()}], wall_clock_s=WALL_CLOCK_S, memory_bytes=memory_bytes, runs=1
    )
    sample = rehearsal.sample[made]
    if not isinstance(sample, OutputFile):
        raise ModelFault(Fault.OUTPUT_INVALID, "The decoder gave no tensor.")
    return np.load(io.BytesIO(sample.data), allow_pickle=False).astype(np.float32)

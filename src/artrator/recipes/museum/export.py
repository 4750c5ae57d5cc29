"""Write the museum as a bundle in diffusers' ONNX layout."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from torch import Tensor, nn

from artrator.engine.codecs.text import Tokenizer
from artrator.recipes.harness import Paintings, export
from artrator.recipes.museum.autoencoder import CHANNELS, FOLD
from artrator.recipes.museum.compression import Latents
from artrator.recipes.museum.diffusion import Diffusion
from artrator.recipes.museum.manifest import Kind, write_manifest
from artrator.recipes.museum.networks import LATENT_SIDE, WIDTH
from artrator.recipes.museum.vocabulary import LENGTH
from artrator.recipes.museum.whole import WholeDecoder, WholeEncoder
from artrator.recipes.weights import store_float16, store_int8

SIDE_PX = LATENT_SIDE * FOLD


@dataclass(frozen=True, slots=True, kw_only=True)
class Museum:
    """All that was learned, and what it was learned from."""

    paintings: Paintings
    encoder: WholeEncoder
    decoder: WholeDecoder
    latents: Latents
    tokenizer: Tokenizer
    diffusion: Diffusion


def export_museum(out: Path, museum: Museum, kind: Kind) -> None:
    """Write the four graphs, compared with torch before their weights are made small, the scheduler and the manifest.

    out: already holds the tokenizer.
    """
    diffusion = museum.diffusion
    ids = torch.zeros(2, LENGTH, dtype=torch.int64)
    sample = torch.from_numpy(museum.latents.values[:2]).float()
    texts = torch.randn(2, LENGTH, WIDTH)
    picture = torch.from_numpy(museum.paintings.images[:2] / np.float32(127.5) - 1).permute(0, 3, 1, 2).contiguous()
    asked = {"sample": sample, "timestep": torch.tensor([1.0, 999.0]), "encoder_hidden_states": texts}
    _write(out, "text_encoder", diffusion.text_encoder, {"input_ids": ids}, "last_hidden_state", store=store_int8)
    _write(out, "unet", diffusion.denoiser, asked, "out_sample", store=store_int8)
    _write(out, "vae_decoder", museum.decoder, {"latent_sample": sample}, "sample", store=store_float16)
    _write(out, "vae_encoder", museum.encoder, {"sample": picture}, "latent_parameters", store=store_float16)
    (out / "scheduler").mkdir(exist_ok=True)
    (out / "scheduler" / "scheduler_config.json").write_text(json.dumps(kind.scheduler, indent=1))
    write_manifest(out, kind, side_px=SIDE_PX, preview=_preview(museum))


def _write(
    out: Path, role: str, module: nn.Module, inputs: dict[str, Tensor], output: str, *, store: Callable[[Path], None]
) -> None:
    """Write one graph, make its weights small, and say how far that takes its output from float32's."""
    file = out / role / "model.onnx"
    file.parent.mkdir(exist_ok=True)
    module = module.to(memory_format=torch.contiguous_format).eval()
    export(module, file, inputs, [output])
    store(file)
    with torch.no_grad():
        wanted = module(*inputs.values()).numpy()
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    (got,) = session.run([output], {name: value.numpy() for name, value in inputs.items()})
    noise_db = 20 * np.log10(wanted.std() / np.sqrt(np.mean((got - wanted) ** 2)))
    print(f"{role}: {file.stat().st_size / 1e6:.2f} MB, {noise_db:.0f} dB above what small weights cost", flush=True)


def _preview(museum: Museum) -> list[list[float]]:
    """Fit the linear map from a latent's channels to the colour that they stand for: a row a channel, last the middle.

    Source: the manifest's `preview`, red, green and blue from 0 to 255.
    """
    latents, paintings = museum.latents, museum.paintings
    rows = np.linspace(0, len(paintings.images) - 1, 600).astype(int)
    seen = latents.values[rows].astype(np.float64).transpose(0, 2, 3, 1).reshape(-1, CHANNELS)
    blocks = paintings.images[rows].reshape(len(rows), LATENT_SIDE, FOLD, LATENT_SIDE, FOLD, 3)
    colours = blocks.mean((2, 4)).reshape(-1, 3)
    with_one = np.concatenate([seen, np.ones((len(seen), 1))], 1)
    return np.linalg.lstsq(with_one, colours, rcond=None)[0].round(1).tolist()

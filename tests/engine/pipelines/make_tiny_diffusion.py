"""Make the tiny Stable Diffusion bundle and its golden pictures again: `python -m tests.engine.pipelines.make_tiny_diffusion`.

The weights are random: what is tested is that the pipeline calls the graphs as diffusers' own pipelines do, pixel by pixel.
Needs diffusers 0.42, transformers, torch and onnxscript; the tests that read what it writes need none of them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import onnx
import torch
from diffusers import (
    AutoencoderKL,
    DDIMScheduler,
    StableDiffusionImg2ImgPipeline,
    StableDiffusionInpaintPipeline,
    StableDiffusionPipeline,
    UNet2DConditionModel,
)
from torch import Tensor, nn
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from artrator.engine.pipelines.latents import draw_latent

FOLDER = Path(__file__).parent / "tiny_diffusion"
TOKENS = 16
SIDE_PX = 32
PROMPT, NEGATIVE = "A red circle, it's 4 o'clock!", "blue"
SEED = 11
WORDS = ("red", "circle", "blue", "it", "clock")


def write_tokenizer(folder: Path) -> CLIPTokenizer:
    """Write a vocabulary of all bytes and a few words, as CLIP's is made."""
    folder.mkdir(parents=True, exist_ok=True)
    letters = [*map(chr, [*range(33, 127), *range(161, 173), *range(174, 256)]), *map(chr, range(256, 324))]
    merges: list[tuple[str, str]] = []
    for word in WORDS:
        pieces = [*word[:-1], word[-1] + "</w>"]
        while len(pieces) > 1:
            if (pieces[0], pieces[1]) not in merges:
                merges.append((pieces[0], pieces[1]))
            pieces = [pieces[0] + pieces[1], *pieces[2:]]
    tokens = [*letters, *(f"{letter}</w>" for letter in letters)]
    tokens += [one + two for one, two in merges] + ["<|startoftext|>", "<|endoftext|>"]
    (folder / "vocab.json").write_text(json.dumps({token: index for index, token in enumerate(dict.fromkeys(tokens))}))
    (folder / "merges.txt").write_text("#version: 0.2\n" + "".join(f"{one} {two}\n" for one, two in merges))
    (folder / "special_tokens_map.json").write_text(json.dumps({"pad_token": "<|endoftext|>"}))
    (folder / "tokenizer_config.json").write_text(json.dumps({"model_max_length": TOKENS}))
    return CLIPTokenizer(
        str(folder / "vocab.json"), str(folder / "merges.txt"), model_max_length=TOKENS, pad_token="<|endoftext|>"
    )


def parts() -> dict[str, Any]:
    """Build the models, all of them random and tiny."""
    torch.manual_seed(0)
    tokenizer = write_tokenizer(FOLDER / "tokenizer")
    text = CLIPTextConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        intermediate_size=24,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=TOKENS,
        eos_token_id=tokenizer.eos_token_id,
        bos_token_id=tokenizer.bos_token_id,
    )
    unet = UNet2DConditionModel(
        sample_size=SIDE_PX // 2,
        block_out_channels=(8, 16),
        layers_per_block=1,
        norm_num_groups=4,
        cross_attention_dim=16,
        attention_head_dim=4,
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
    )
    vae = AutoencoderKL(
        block_out_channels=(8, 8),
        norm_num_groups=4,
        latent_channels=4,
        sample_size=SIDE_PX,
        down_block_types=("DownEncoderBlock2D",) * 2,
        up_block_types=("UpDecoderBlock2D",) * 2,
    )
    scheduler = DDIMScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", clip_sample=False, steps_offset=1
    )
    return {
        "tokenizer": tokenizer,
        "text_encoder": CLIPTextModel(text).eval(),
        "unet": unet.eval(),
        "vae": vae.eval(),
        "scheduler": scheduler,
        "safety_checker": None,
        "feature_extractor": None,
    }


class Encoder(nn.Module):
    """Text ids to hidden states."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, input_ids: Tensor) -> Tensor:
        return self.model(input_ids).last_hidden_state


class Unet(nn.Module):
    """One prediction."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, sample: Tensor, timestep: Tensor, encoder_hidden_states: Tensor) -> Tensor:
        return self.model(sample, timestep, encoder_hidden_states, return_dict=False)[0]


class VaeDecoder(nn.Module):
    """Latents, scaled back, to a picture in -1..1."""

    def __init__(self, model: AutoencoderKL) -> None:
        super().__init__()
        self.model = model

    def forward(self, latent_sample: Tensor) -> Tensor:
        return self.model.decode(latent_sample, return_dict=False)[0]


class VaeEncoder(nn.Module):
    """A picture in -1..1 to the mean and the log variance of its latents."""

    def __init__(self, model: AutoencoderKL) -> None:
        super().__init__()
        self.model = model

    def forward(self, sample: Tensor) -> Tensor:
        return self.model.quant_conv(self.model.encoder(sample))


def export(
    role: str,
    module: nn.Module,
    inputs: dict[str, Tensor],
    axes: dict[str, dict[int, str]],
    *outputs: str,
    folder: Path = FOLDER,
) -> None:
    """Write one graph."""
    path = folder / role / "model.onnx"
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.onnx.export(
        module.eval(),
        tuple(inputs.values()),
        str(path),
        input_names=list(inputs),
        output_names=list(outputs),
        dynamic_axes={**axes, **{output: {0: "batch"} for output in outputs}},
        opset_version=17,
        dynamo=False,
    )
    onnx.save(onnx.load(path), path)


def export_all(made: dict[str, Any]) -> None:
    """Write the four graphs, with a batch, and for pictures sides, of any size."""
    sides = {0: "batch", 2: "height", 3: "width"}
    ids = torch.zeros(2, TOKENS, dtype=torch.int64)
    export(
        "text_encoder",
        Encoder(made["text_encoder"]),
        {"input_ids": ids},
        {"input_ids": {0: "batch"}},
        "last_hidden_state",
    )
    latents = torch.randn(2, 4, SIDE_PX // 2, SIDE_PX // 2)
    export(
        "unet",
        Unet(made["unet"]),
        {"sample": latents, "timestep": torch.ones(2), "encoder_hidden_states": torch.randn(2, TOKENS, 16)},
        {"sample": sides, "timestep": {0: "batch"}, "encoder_hidden_states": {0: "batch"}},
        "out_sample",
    )
    export("vae_decoder", VaeDecoder(made["vae"]), {"latent_sample": latents}, {"latent_sample": sides}, "sample")
    picture = torch.randn(2, 3, SIDE_PX, SIDE_PX)
    export("vae_encoder", VaeEncoder(made["vae"]), {"sample": picture}, {"sample": sides}, "latent_parameters")


def photograph() -> np.ndarray:
    """Give a smooth picture."""
    down, right = np.mgrid[0 : 1 : SIDE_PX * 1j, 0 : 1 : SIDE_PX * 1j]
    return (np.stack([down, right, (down + right) / 2], axis=2) * 255).astype(np.uint8)


def mask() -> np.ndarray:
    """Give a mask, white where the picture is painted anew."""
    white = np.zeros((SIDE_PX, SIDE_PX), np.uint8)
    white[8:24, 12:28] = 255
    return white


def noise(count: int, width: int = SIDE_PX // 2) -> Tensor:
    """Give the noise that the engine draws for pictures of one run."""
    return torch.from_numpy(
        np.concatenate([draw_latent(SEED + each, (1, 4, SIDE_PX // 2, width)) for each in range(count)])
    )


def pictures(made: dict[str, Any]) -> dict[str, np.ndarray]:
    """Paint with diffusers' own pipelines, from the engine's noise."""
    tools = {**made, "requires_safety_checker": False}
    asked = {"prompt": PROMPT, "negative_prompt": NEGATIVE, "guidance_scale": 5.0, "output_type": "np"}
    paint, repaint, inpaint = (
        kind(**tools)
        for kind in (StableDiffusionPipeline, StableDiffusionImg2ImgPipeline, StableDiffusionInpaintPipeline)
    )
    for each in (paint, repaint, inpaint):
        each.set_progress_bar_config(disable=True)
    size = {"height": SIDE_PX, "width": SIDE_PX}
    seen = torch.from_numpy(photograph()).permute(2, 0, 1)[None].float() / 127.5 - 1
    vae = made["vae"]
    known = vae.encode(seen).latent_dist.mode() * vae.config.scaling_factor
    for module in (
        diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion_img2img,
        diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion_inpaint,
    ):
        module.randn_tensor = lambda *_, **__: noise(1)
        module.retrieve_latents = lambda encoded, **_: encoded.latent_dist.mode()
    white = torch.from_numpy(mask())[None, None].float() / 255
    return {
        "text": paint(**asked, **size, num_inference_steps=6, latents=noise(2), num_images_per_prompt=2).images,
        "plain": paint(
            prompt=PROMPT, guidance_scale=1.0, output_type="np", **size, num_inference_steps=4, latents=noise(1)
        ).images,
        "image": repaint(**asked, image=known, strength=0.6, num_inference_steps=10).images,
        "inpaint": inpaint(**asked, **size, image=seen, mask_image=white, strength=0.8, num_inference_steps=10).images,
    }


@torch.no_grad()
def main() -> None:
    """Write the bundle and the pictures."""
    FOLDER.mkdir(exist_ok=True)
    made = parts()
    ids = made["tokenizer"](
        [PROMPT, NEGATIVE, "Ünïcode 그림 <|endoftext|> x"], padding="max_length", truncation=True, max_length=TOKENS
    )
    export_all(made)
    made["scheduler"].save_pretrained(FOLDER / "scheduler")
    painted = {name: (each * 255).round().astype(np.uint8) for name, each in pictures(made).items()}
    np.savez_compressed(FOLDER / "golden.npz", ids=np.array(ids["input_ids"]), **painted)
    index = {
        "_class_name": "StableDiffusionPipeline",
        **{role: ["diffusers", "OnnxRuntimeModel"] for role in ("text_encoder", "unet", "vae_decoder", "vae_encoder")},
        "scheduler": ["diffusers", "DDIMScheduler"],
        "tokenizer": ["transformers", "CLIPTokenizer"],
    }
    (FOLDER / "model_index.json").write_text(json.dumps(index, indent=1))
    for role, model in (("unet", made["unet"]), ("vae_decoder", made["vae"])):
        (FOLDER / role / "config.json").write_text(model.to_json_string())


if __name__ == "__main__":
    main()

"""The diffusion models that are measured with: the tests' tiny one, or where diffusers is installed one of nine million weights."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from artrator.bundle.manifest import MANIFEST_NAME, Manifest, write_manifest
from tests.engine.pipelines.tiny_models import TINY, detected, lay_out

BUNDLE, PEER = "bundle", "diffusers"
GREY = [[40.0, 20.0, 0.0], [0.0, 40.0, 20.0], [20.0, 0.0, 40.0], [10.0, 10.0, 10.0], [128.0, 128.0, 128.0]]


def has_diffusers() -> bool:
    """Tell whether the peer is installed."""
    return importlib.util.find_spec("diffusers") is not None


def write_bundle(folder: Path) -> Manifest:
    """Write a bundle, and beside it the same weights for diffusers where it is installed; give its manifest."""
    bundle = folder / BUNDLE
    if has_diffusers():
        _write_larger(folder)
    else:
        lay_out(bundle)
    manifest = detected(bundle)
    manifest = manifest.model_copy(update={"config": {**manifest.config, "preview": GREY}})
    (bundle / MANIFEST_NAME).write_text(write_manifest(manifest))
    return manifest


def _write_larger(folder: Path) -> None:
    import torch
    from diffusers import AutoencoderKL, DDIMScheduler, StableDiffusionPipeline, UNet2DConditionModel
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

    from artrator.recipes.export.stable_diffusion import export_pipeline
    from artrator.recipes.export.weights import Stored
    from tests.engine.pipelines import make_tiny_diffusion as tiny

    torch.manual_seed(0)
    names = (str(TINY / "tokenizer" / name) for name in ("vocab.json", "merges.txt"))
    tokenizer = CLIPTokenizer(*names, model_max_length=tiny.TOKENS, pad_token="<|endoftext|>")
    text = CLIPTextConfig(
        vocab_size=len(tokenizer),
        hidden_size=128,
        intermediate_size=256,
        num_hidden_layers=4,
        num_attention_heads=4,
        max_position_embeddings=tiny.TOKENS,
        eos_token_id=tokenizer.eos_token_id,
        bos_token_id=tokenizer.bos_token_id,
    )
    unet = UNet2DConditionModel(
        sample_size=32,
        block_out_channels=(64, 128, 192),
        layers_per_block=1,
        cross_attention_dim=128,
        attention_head_dim=8,
        down_block_types=("CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"),
    )
    vae = AutoencoderKL(
        block_out_channels=(32, 64, 64, 64),
        latent_channels=4,
        sample_size=256,
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
    )
    scheduler = DDIMScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", clip_sample=False, steps_offset=1
    )
    pipeline = StableDiffusionPipeline(
        vae=vae.eval(),
        text_encoder=CLIPTextModel(text).eval(),
        tokenizer=tokenizer,
        unet=unet.eval(),
        scheduler=scheduler,
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    pipeline.save_pretrained(folder / PEER)
    export_pipeline(pipeline, folder / BUNDLE, Stored.FP32)

"""Write a diffusers pipeline as Stable Diffusion's own code keeps it: one file of weights, under the names of its modules there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor

RESNET = {
    "norm1": "in_layers.0",
    "conv1": "in_layers.2",
    "time_emb_proj": "emb_layers.1",
    "norm2": "out_layers.0",
    "conv2": "out_layers.3",
    "conv_shortcut": "skip_connection",
}
ENDS = {
    "conv_in": "input_blocks.0.0",
    "time_embedding.linear_1": "time_embed.0",
    "time_embedding.linear_2": "time_embed.2",
    "add_embedding.linear_1": "label_emb.0.0",
    "add_embedding.linear_2": "label_emb.0.2",
    "conv_norm_out": "out.0",
    "conv_out": "out.2",
    "mid_block.attentions.0": "middle_block.1",
    "mid_block.resnets.0": "middle_block.0",
    "mid_block.resnets.1": "middle_block.2",
}
OPEN_CLIP = {
    "embeddings.position_embedding.weight": "positional_embedding",
    "embeddings.token_embedding": "token_embedding",
    "final_layer_norm": "ln_final",
    "text_projection.weight": "text_projection",
    "encoder.layers": "transformer.resblocks",
    "self_attn": "attn",
    "layer_norm1": "ln_1",
    "layer_norm2": "ln_2",
    "mlp.fc1": "mlp.c_fc",
    "mlp.fc2": "mlp.c_proj",
}
ATTENTION = {"group_norm": "norm", "to_q": "q", "to_k": "k", "to_v": "v", "to_out.0": "proj_out"}


def write_single_file(pipeline: Any, path: Path) -> None:
    """Write the weights of a Stable Diffusion 1.x pipeline, or of one of SDXL."""
    weights: dict[str, Tensor] = {}
    for name, tensor in pipeline.unet.state_dict().items():
        weights[f"model.diffusion_model.{unet_name(name, pipeline.unet)}"] = tensor
    for name, tensor in pipeline.vae.state_dict().items():
        told = vae_name(name, len(pipeline.vae.config.block_out_channels))
        is_projection = "mid.attn_1." in told and tensor.ndim == 2
        weights[f"first_stage_model.{told}"] = tensor[:, :, None, None] if is_projection else tensor
    second = getattr(pipeline, "text_encoder_2", None)
    first = "cond_stage_model" if second is None else "conditioner.embedders.0"
    for name, tensor in pipeline.text_encoder.state_dict().items():
        weights[f"{first}.transformer.text_model.{name.removeprefix('text_model.')}"] = tensor
    if second is not None:
        weights |= {f"conditioner.embedders.1.model.{name}": tensor for name, tensor in open_clip(second)}
    save_file({name: tensor.contiguous() for name, tensor in weights.items()}, path)


def open_clip(model: Any) -> Iterator[tuple[str, Tensor]]:
    """Name the weights of SDXL's second text encoder as OpenCLIP does, which keeps those of queries, keys and values in one."""
    state = {name.removeprefix("text_model."): tensor for name, tensor in model.state_dict().items()}
    for name, tensor in state.items():
        if re.search(r"\.[kv]_proj\.", name):
            continue
        if ".q_proj." in name:
            of_all = [state[name.replace(".q_proj.", f".{each}_proj.")] for each in "qkv"]
            yield _open_clip_name(name.replace(".q_proj.", ".in_proj_")), torch.cat(of_all)
        else:
            is_projection = name == "text_projection.weight"
            yield _open_clip_name(name), tensor.T if is_projection else tensor


def _open_clip_name(name: str) -> str:
    for here, there in OPEN_CLIP.items():
        name = name.replace(here, there)
    return name


def unet_name(name: str, unet: Any) -> str:
    """Name a weight of the UNet."""
    depth = unet.config.layers_per_block + 1
    name = _begun(name, ENDS)
    name = re.sub(
        r"^down_blocks\.(\d+)\.downsamplers\.0\.conv", lambda m: f"input_blocks.{(int(m[1]) + 1) * depth}.0.op", name
    )
    name = re.sub(r"^up_blocks\.(\d+)\.upsamplers\.0\.conv", lambda m: _upsampled(int(m[1]), depth, unet), name)
    for blocks, first, there in (("down_blocks", 1, "input_blocks"), ("up_blocks", 0, "output_blocks")):
        for kind, place in (("resnets", 0), ("attentions", 1)):
            pattern = rf"^{blocks}\.(\d+)\.{kind}\.(\d+)"
            name = re.sub(
                pattern,
                lambda m, there=there, first=first, place=place: (
                    f"{there}.{int(m[1]) * depth + int(m[2]) + first}.{place}"
                ),
                name,
            )
    if "transformer_blocks" in name:  # whose norms are called as those of a ResNet
        return name
    return re.sub(rf"\.({'|'.join(RESNET)})\.", lambda m: f".{RESNET[m[1]]}.", name)


def _upsampled(block: int, depth: int, unet: Any) -> str:
    place = 2 if hasattr(unet.up_blocks[block], "attentions") else 1
    return f"output_blocks.{block * depth + depth - 1}.{place}.conv"


def vae_name(name: str, blocks: int) -> str:
    """Name a weight of the autoencoder."""
    name = re.sub(r"down_blocks\.(\d+)\.resnets\.(\d+)", r"down.\1.block.\2", name)
    name = re.sub(r"down_blocks\.(\d+)\.downsamplers\.0", r"down.\1.downsample", name)
    name = re.sub(r"up_blocks\.(\d+)\.resnets\.(\d+)", lambda m: f"up.{blocks - 1 - int(m[1])}.block.{m[2]}", name)
    name = re.sub(r"up_blocks\.(\d+)\.upsamplers\.0", lambda m: f"up.{blocks - 1 - int(m[1])}.upsample", name)
    name = re.sub(r"mid_block\.resnets\.(\d)", lambda m: f"mid.block_{int(m[1]) + 1}", name)
    name = re.sub(
        rf"mid_block\.attentions\.0\.({'|'.join(map(re.escape, ATTENTION))})\.",
        lambda m: f"mid.attn_1.{ATTENTION[m[1]]}.",
        name,
    )
    return name.replace("conv_norm_out", "norm_out").replace("conv_shortcut", "nin_shortcut")


def _begun(name: str, names: Mapping[str, str]) -> str:
    for here, there in names.items():
        if name.startswith(f"{here}."):
            return there + name.removeprefix(here)
    return name

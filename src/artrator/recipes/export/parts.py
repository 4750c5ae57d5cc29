"""The graphs of a Stable Diffusion pipeline as modules of tensors alone, with the names that our own pipeline reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

SIDES = {0: "batch", 2: "height", 3: "width"}
BATCH = {0: "batch"}
Axes = Mapping[str, Mapping[int, str]]
RESIDUAL = "residual"


@dataclass(frozen=True, kw_only=True)
class Part:
    """One graph: its role, a module, example inputs, names of what it gives, and which axes are of any size."""

    role: str
    module: nn.Module
    inputs: Mapping[str, Tensor]
    outputs: tuple[str, ...]
    axes: Axes


class TextEncoder(nn.Module):
    """Text ids to the last hidden state; of SDXL's encoders, to their embedding and the states of every layer."""

    def __init__(self, model: nn.Module, *, every_layer: bool) -> None:
        super().__init__()
        self.model, self.every_layer = model, every_layer

    def forward(self, input_ids: Tensor) -> Any:
        if not self.every_layer:
            return self.model(input_ids).last_hidden_state
        given = self.model(input_ids, output_hidden_states=True)
        first = given.text_embeds if hasattr(given, "text_embeds") else given.last_hidden_state
        return (first, *given.hidden_states)


class Unet(nn.Module):
    """One prediction, each condition an input by its name: of a ControlNet, what it adds at each depth."""

    def __init__(self, model: nn.Module, names: tuple[str, ...]) -> None:
        super().__init__()
        self.model, self.names = model, names

    def forward(self, *tensors: Tensor) -> Tensor:
        given = _conditions(self.names, tensors)
        residuals = [given.pop(name) for name in self.names if RESIDUAL in name]
        if residuals:
            *down, middle = residuals
            given |= {"down_block_additional_residuals": tuple(down), "mid_block_additional_residual": middle}
        return self.model(**given, return_dict=False)[0]


class ControlNet(nn.Module):
    """What a picture to follow adds inside the UNet, outermost first and its middle last."""

    def __init__(self, model: nn.Module, names: tuple[str, ...]) -> None:
        super().__init__()
        self.model, self.names = model, names

    def forward(self, *tensors: Tensor) -> Any:
        down, middle = self.model(**_conditions(self.names, tensors), return_dict=False)
        return (*down, middle)


def _conditions(names: tuple[str, ...], tensors: tuple[Tensor, ...]) -> dict[str, Any]:
    """Name what a graph is given, SDXL's two further conditions together."""
    given: dict[str, Any] = dict(zip(names, tensors, strict=True))
    added = {name: given.pop(name) for name in ("text_embeds", "time_ids") if name in given}
    return {**given, "added_cond_kwargs": added} if added else given


class Decoder(nn.Module):
    """Latents, scaled back, to a picture in -1..1."""

    def __init__(self, vae: Any) -> None:
        super().__init__()
        self.vae = vae

    def forward(self, latent_sample: Tensor) -> Tensor:
        return self.vae.decode(latent_sample, return_dict=False)[0]


class Encoder(nn.Module):
    """A picture in -1..1 to the mean and the log variance of its latents."""

    def __init__(self, vae: Any) -> None:
        super().__init__()
        self.vae = vae

    def forward(self, sample: Tensor) -> Tensor:
        encoded = self.vae.encoder(sample)
        return encoded if self.vae.quant_conv is None else self.vae.quant_conv(encoded)


def parts_of(pipeline: Any) -> Iterator[Part]:
    """Take a diffusers pipeline of the Stable Diffusion family apart."""
    is_xl = getattr(pipeline, "text_encoder_2", None) is not None
    tokens = torch.zeros(2, pipeline.tokenizer.model_max_length, dtype=torch.int64)
    for role in ("text_encoder", "text_encoder_2") if is_xl else ("text_encoder",):
        yield _text_encoder(role, getattr(pipeline, role), tokens, is_xl=is_xl)
    controlnet = getattr(pipeline, "controlnet", None)
    if controlnet is None:
        yield _unet(pipeline.unet, tokens.shape[1])
    else:
        yield from _controlled(pipeline.unet, controlnet, tokens.shape[1])
    vae = pipeline.vae
    side = 8 * 2 ** (len(vae.config.block_out_channels) - 1)
    latents = torch.randn(2, vae.config.latent_channels, 8, 8)
    picture = torch.randn(2, 3, side, side)
    yield _vae("vae_decoder", Decoder(vae), {"latent_sample": latents}, "sample")
    yield _vae("vae_encoder", Encoder(vae), {"sample": picture}, "latent_parameters")


def _text_encoder(role: str, model: Any, tokens: Tensor, *, is_xl: bool) -> Part:
    outputs: tuple[str, ...] = ("last_hidden_state",)
    if is_xl:
        pooled = "text_embeds" if hasattr(model, "text_projection") else "last_hidden_state"
        layers = model.config.num_hidden_layers + 1
        outputs = (pooled, *(f"hidden_states.{layer}" for layer in range(layers)))
    module = TextEncoder(model, every_layer=is_xl)
    return Part(
        role=role,
        module=module.eval(),
        inputs={"input_ids": tokens},
        outputs=outputs,
        axes=dict.fromkeys(("input_ids", *outputs), BATCH),
    )


def _controlled(unet: Any, controlnet: Any, tokens: int) -> Iterator[Part]:
    """Give a ControlNet, and the UNet with an input for each of its outputs."""
    inputs, axes = _conditioned_by(unet.config, tokens)
    # a UNet for inpainting sees the mask too, its ControlNet the latent alone
    inputs["sample"] = inputs["sample"][:, : controlnet.config.in_channels]
    scale = 2 ** len(controlnet.config.conditioning_embedding_out_channels) // 2
    sides = [side * scale for side in inputs["sample"].shape[2:]]
    inputs["controlnet_cond"] = torch.rand(2, controlnet.config.conditioning_channels, *sides)
    module = ControlNet(controlnet, tuple(inputs)).eval()
    with torch.no_grad():
        made = module(*inputs.values())
    names = (
        *(f"down_block_additional_{RESIDUAL}_{place}" for place in range(len(made) - 1)),
        f"mid_block_additional_{RESIDUAL}",
    )
    sized = dict.fromkeys((*names, "controlnet_cond"), SIDES)
    yield Part(role="controlnet", module=module, inputs=inputs, outputs=names, axes={**axes, **sized})
    yield _unet(unet, tokens, dict(zip(names, made, strict=True)))


def _unet(model: Any, tokens: int, residuals: Mapping[str, Tensor] | None = None) -> Part:
    inputs, axes = _conditioned_by(model.config, tokens)
    inputs |= residuals or {}
    axes |= dict.fromkeys(residuals or (), SIDES)
    module = Unet(model, tuple(inputs)).eval()
    return Part(role="unet", module=module, inputs=inputs, outputs=("out_sample",), axes={**axes, "out_sample": SIDES})


def _conditioned_by(config: Any, tokens: int) -> tuple[dict[str, Tensor], dict[str, Mapping[int, str]]]:
    """Give an example of what a UNet takes, and which axes of it are of any size."""
    side = 2 ** len(config.block_out_channels)
    inputs = {
        "sample": torch.randn(2, config.in_channels, side, side),
        "timestep": torch.ones(2),
        "encoder_hidden_states": torch.randn(2, tokens, config.cross_attention_dim),
    }
    axes: dict[str, Mapping[int, str]] = {"sample": SIDES, "timestep": BATCH, "encoder_hidden_states": BATCH}
    if config.addition_embed_type == "text_time":
        pooled = config.projection_class_embeddings_input_dim - 6 * config.addition_time_embed_dim
        inputs |= {"text_embeds": torch.randn(2, pooled), "time_ids": torch.ones(2, 6)}
        axes |= {"text_embeds": BATCH, "time_ids": BATCH}
    if config.time_cond_proj_dim is not None:
        inputs["timestep_cond"] = torch.randn(2, config.time_cond_proj_dim)
        axes["timestep_cond"] = BATCH
    return inputs, axes


def _vae(role: str, module: nn.Module, inputs: Mapping[str, Tensor], output: str) -> Part:
    axes = dict.fromkeys((*inputs, output), SIDES)
    return Part(role=role, module=module.eval(), inputs=inputs, outputs=(output,), axes=axes)

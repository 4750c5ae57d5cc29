"""Write the manifest that a folder in diffusers' ONNX layout already says: `model_index.json` and a folder a part."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from artrator.bundle.config import Pipeline, TextToImageConfig
from artrator.bundle.detect import detect
from artrator.bundle.diffusers_files import (
    INDEX,
    Index,
    UnetConfig,
    Vae,
    read_part,
    read_text,
    read_tokenizer_config,
    unrecognised,
)
from artrator.bundle.diffusers_graphs import FamilyMember, recognise_graphs
from artrator.bundle.facts import GraphFacts
from artrator.bundle.fields import ImageInput, ImagesOutput, InputField, IntegerInput, NumberInput, SeedInput, TextInput
from artrator.bundle.manifest import Manifest, check_manifest
from artrator.bundle.sampler_config import LcmConfig
from artrator.bundle.sampler_reader import parse_sampler_config

__all__ = ["INDEX", "detect_folder"]

SCHEDULER = "scheduler/scheduler_config.json"
_TASKS = ("", "Img2Img", "Inpaint", "ControlNet", "ControlNetImg2Img", "ControlNetInpaint")
CLASSES = frozenset(
    f"{library}{name}Pipeline"
    for library in ("", "Onnx", "ORT")
    for name in (
        "LatentConsistencyModel",
        "LatentConsistencyModelImg2Img",
        *(f"StableDiffusion{size}{task}" for size in ("", "XL") for task in _TASKS),
    )
)
FEW_STEPS, USUAL_STEPS = 4, 20
USUAL_GUIDANCE, NO_GUIDANCE, DISTILLED_GUIDANCE = 7.5, 1.0, 8.5
LARGEST = 2
"""How many times the model's own side a picture may be asked for."""


def detect_folder(
    folder: Path,
    facts: Mapping[str, GraphFacts],
    *,
    name: str,
    license: str,  # noqa: A002 - the manifest's word
) -> Manifest:
    """Write a manifest for what lies in a folder: a model in diffusers' layout, or one graph. facts: by path.

    Raises: Invalid saying what was found and what would be recognised.
    """
    if not (folder / INDEX).exists():
        return detect(facts, name=name, license=license)
    index = read_part(folder, INDEX, Index)
    if index.class_name not in CLASSES:
        raise unrecognised(f"its _class_name is {index.class_name!r}; supported are {', '.join(sorted(CLASSES))}")
    if index.requires_aesthetics_score:
        raise unrecognised("it asks for requires_aesthetics_score, as refiners do; supported is the model before them")
    member = recognise_graphs(facts)
    config = _config(folder, index, member)
    return check_manifest(
        Manifest(
            name=name,
            pipeline=Pipeline.TEXT_TO_IMAGE,
            license=license,
            graphs=dict(member.graphs),
            inputs=_inputs(index, member, config),
            outputs={"images": ImagesOutput(type="images")},
            examples=() if _needs_picture(member) else ({"prompt": "a warm colour field with a blue circle"},),
            config=_without_defaults(config),
        )
    )


def _config(folder: Path, index: Index, member: FamilyMember) -> TextToImageConfig:
    unet = read_part(folder, "unet/config.json", UnetConfig, optional=True)
    if unet.time_cond_proj_dim is not None and not member.takes_guidance:
        raise unrecognised("unet/config.json has a time_cond_proj_dim, but the unet has no input timestep_cond for it")
    vae = read_part(folder, "vae_decoder/config.json", Vae, optional=True)
    px_per_latent = 2 ** (len(vae.block_out_channels) - 1)
    multiple_of = math.lcm(px_per_latent * 2 ** (len(unet.block_out_channels) - 1), 8)
    side_px = max(multiple_of, unet.sample_size * px_per_latent // multiple_of * multiple_of)
    try:
        return TextToImageConfig(
            scheduler=_scheduler(folder),
            tokenizer=read_tokenizer_config(folder, "tokenizer"),
            tokenizer_2=read_tokenizer_config(folder, "tokenizer_2") if member.is_xl else None,
            zero_empty_negative=member.is_xl and index.force_zeros_for_empty_prompt,
            latent_scale=vae.scaling_factor,
            px_per_latent=px_per_latent,
            multiple_of=multiple_of,
            width_px=side_px,
            height_px=side_px,
        )
    except ValueError as error:
        raise unrecognised(f"its sizes cannot be used: {str(error)[:200]}") from None


def _scheduler(folder: Path) -> dict[str, Any]:
    read = parse_sampler_config(read_text(folder, SCHEDULER))
    return read.model_dump(mode="json", by_alias=True, exclude_defaults=True)


def _without_defaults(config: TextToImageConfig) -> dict[str, JsonValue]:
    plain = config.model_dump(mode="json", exclude_defaults=True)
    return {name: each for name, each in plain.items() if each is not None}


def _needs_picture(member: FamilyMember) -> bool:
    return member.is_inpainting or member.has_controlnet


def _inputs(index: Index, member: FamilyMember, config: TextToImageConfig) -> dict[str, InputField]:
    steps, guidance = USUAL_STEPS, USUAL_GUIDANCE
    if "LatentConsistency" in index.class_name or isinstance(config.sampler, LcmConfig):
        steps, guidance = FEW_STEPS, NO_GUIDANCE
    if member.takes_guidance:
        guidance = DISTILLED_GUIDANCE
    inputs: dict[str, InputField] = {
        "prompt": TextInput(type="text", description="What to paint"),
        "negative_prompt": TextInput(type="text", required=False, description="What to keep out"),
        "steps": IntegerInput(
            type="integer", minimum=1, maximum=50, default=steps, description="More is finer and slower"
        ),
        "guidance": NumberInput(
            type="number", minimum=0.0, maximum=20.0, default=guidance, description="How closely to follow the prompt"
        ),
        "seed": SeedInput(type="seed", description="The same seed gives the same picture"),
        "count": IntegerInput(type="integer", minimum=1, maximum=4, default=1, description="How many pictures"),
    }
    for name, own_px in (("width", config.width_px), ("height", config.height_px)):
        inputs[name] = IntegerInput(
            type="integer",
            minimum=config.multiple_of,
            maximum=LARGEST * own_px,
            required=False,
            description=f"In pixels, a multiple of {config.multiple_of}; {own_px} when left out",
        )
    return inputs | _picture_inputs(member)


def _picture_inputs(member: FamilyMember) -> dict[str, InputField]:
    inputs: dict[str, InputField] = {}
    if "vae_encoder" in member.graphs:
        # a UNet for inpainting paints in and nothing else, and was taught to from noise alone
        optional, strength = (None, 1.0) if member.is_inpainting else (False, 0.8)
        inputs = {
            "image": ImageInput(type="image", required=optional, description="A picture to paint over"),
            "strength": NumberInput(
                type="number",
                minimum=0.0,
                maximum=1.0,
                default=strength,
                description="How far to leave the picture behind",
            ),
            "mask": ImageInput(type="image", required=optional, description="White where the picture is painted anew"),
        }
    elif member.is_inpainting:
        raise unrecognised("a unet for inpainting needs a vae_encoder/model.onnx")
    if member.has_controlnet:
        inputs["control_image"] = ImageInput(type="image", description="The picture whose lines are followed")
        inputs["control_scale"] = NumberInput(
            type="number", minimum=0.0, maximum=2.0, default=1.0, description="How closely to follow it"
        )
    return inputs

"""Write the manifest that a folder in diffusers' ONNX layout already says: `model_index.json` and a folder a part."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, JsonValue, TypeAdapter, ValidationError

from artrator.bundle.config import Pipeline, TextToImageConfig, TokenizerConfig, roles_of
from artrator.bundle.detect import detect
from artrator.bundle.facts import GraphFacts
from artrator.bundle.fields import ImageInput, ImagesOutput, InputField, IntegerInput, NumberInput, SeedInput, TextInput
from artrator.bundle.manifest import Manifest, check_manifest
from artrator.bundle.paths import file_fault
from artrator.bundle.sampler_reader import MAX_CONFIG_BYTES, parse_sampler_config
from artrator.kernel.errors import Invalid

INDEX = "model_index.json"
SCHEDULER = "scheduler/scheduler_config.json"
CLASSES = frozenset(
    f"{prefix}{name}"
    for prefix in ("", "Onnx", "ORT")
    for name in (
        "LatentConsistencyModelPipeline",
        "StableDiffusionImg2ImgPipeline",
        "StableDiffusionInpaintPipeline",
        "StableDiffusionPipeline",
    )
)
UNET_INPUTS = frozenset({"sample", "timestep", "encoder_hidden_states"})
FEW_STEPS, USUAL_STEPS = 4, 20
_Sides = Annotated[tuple[Annotated[int, Field(ge=1)], ...], Field(min_length=1, max_length=6)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, allow_inf_nan=False)


class _Index(_Part):
    class_name: str = Field(alias="_class_name", max_length=100)


class _Vae(_Part):
    scaling_factor: float = Field(default=0.18215, gt=0)
    shift_factor: None = None
    block_out_channels: _Sides = (128, 256, 512, 512)


class _Unet(_Part):
    sample_size: int = Field(default=64, ge=1, le=1024)
    block_out_channels: _Sides = (320, 640, 1280, 1280)
    time_cond_proj_dim: None = None


class _Tokens(_Part):
    model_max_length: float = Field(default=77, ge=3)


class _SpecialToken(_Part):
    content: str


class _SpecialTokens(_Part):
    pad_token: str | _SpecialToken = TokenizerConfig().pad


_Read = TypeVar("_Read", bound=_Part)


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
    index = _read(folder, INDEX, _Index)
    if index.class_name not in CLASSES:
        raise _unrecognised(f"its _class_name is {index.class_name!r}; supported are {', '.join(sorted(CLASSES))}")
    graphs = _graphs(facts)
    return check_manifest(
        Manifest(
            name=name,
            pipeline=Pipeline.TEXT_TO_IMAGE,
            license=license,
            graphs=graphs,
            inputs=_inputs(few_steps="LatentConsistency" in index.class_name, from_image="vae_encoder" in graphs),
            outputs={"images": ImagesOutput(type="images")},
            examples=({"prompt": "a warm colour field with a blue circle"},),
            config=_config(folder),
        )
    )


def _graphs(facts: Mapping[str, GraphFacts]) -> dict[str, str]:
    roles = roles_of(Pipeline.TEXT_TO_IMAGE)
    found = {role: f"{role}/model.onnx" for role in sorted(roles.needed | roles.optional)}
    found = {role: path for role, path in found.items() if path in facts}
    lacking = sorted(roles.needed - found.keys())
    if lacking:
        raise _unrecognised(f"there is no {lacking[0]}/model.onnx")
    inputs = {spec.name: spec for spec in facts[found["unet"]].inputs}
    if inputs.keys() != UNET_INPUTS:
        raise _unrecognised(
            f"the unet takes {', '.join(sorted(inputs)[:8])}; supported is {', '.join(sorted(UNET_INPUTS))}, as in "
            "Stable Diffusion 1.x and 2.x"
        )
    channels = [facts[found["unet"]].outputs[0].dims[1:2], inputs["sample"].dims[1:2]]
    if isinstance(channels[0][0] if channels[0] else None, int) and channels[0] != channels[1]:
        raise _unrecognised(
            "the unet takes more channels than it gives; a unet made for inpainting alone is not supported"
        )
    return found


def _config(folder: Path) -> dict[str, JsonValue]:
    unet = _read(folder, "unet/config.json", _Unet, optional=True)
    vae = _read(folder, "vae_decoder/config.json", _Vae, optional=True)
    px_per_latent = 2 ** (len(vae.block_out_channels) - 1)
    multiple_of = math.lcm(px_per_latent * 2 ** (len(unet.block_out_channels) - 1), 8)
    side_px = max(multiple_of, unet.sample_size * px_per_latent // multiple_of * multiple_of)
    config = TextToImageConfig(
        scheduler=_scheduler(folder),
        tokenizer=_tokenizer(folder),
        latent_scale=vae.scaling_factor,
        px_per_latent=px_per_latent,
        multiple_of=multiple_of,
        width_px=side_px,
        height_px=side_px,
    )
    return config.model_dump(mode="json", exclude_defaults=True)


def _scheduler(folder: Path) -> dict[str, Any]:
    read = parse_sampler_config(_text(folder, SCHEDULER))
    return read.model_dump(mode="json", by_alias=True, exclude_defaults=True)


def _tokenizer(folder: Path) -> TokenizerConfig:
    for path in ("tokenizer/vocab.json", "tokenizer/merges.txt"):
        fault = file_fault(folder, path)
        if fault is not None:
            raise _unrecognised(f"the file {path} {fault}")
    tokens = _read(folder, "tokenizer/tokenizer_config.json", _Tokens, optional=True)
    special = _read(folder, "tokenizer/special_tokens_map.json", _SpecialTokens, optional=True).pad_token
    return TokenizerConfig(
        # where no length is known, transformers writes one with thirty digits
        length=int(tokens.model_max_length) if tokens.model_max_length <= 512 else 77,
        pad=special if isinstance(special, str) else special.content,
    )


def _inputs(*, few_steps: bool, from_image: bool) -> dict[str, InputField]:
    steps, guidance = (FEW_STEPS, 1.0) if few_steps else (USUAL_STEPS, 7.5)
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
    if from_image:
        inputs |= {
            "image": ImageInput(type="image", required=False, description="A picture to paint over"),
            "strength": NumberInput(
                type="number", minimum=0.0, maximum=1.0, default=0.8, description="How far to leave the picture behind"
            ),
            "mask": ImageInput(type="image", required=False, description="White where the picture is painted anew"),
        }
    return inputs


def _read(folder: Path, path: str, kind: type[_Read], *, optional: bool = False) -> _Read:
    text = "{}" if optional and not (folder / path).exists() else _text(folder, path)
    try:
        return TypeAdapter(kind).validate_json(text)
    except (ValidationError, RecursionError) as error:
        first = error.errors(include_url=False, include_input=False)[0] if isinstance(error, ValidationError) else None
        said = "is not JSON" if first is None else f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
        raise _unrecognised(f"the file {path} cannot be used, {said[:200]}") from None


def _text(folder: Path, path: str) -> str:
    fault = file_fault(folder, path)
    if fault is not None:
        raise _unrecognised(f"the file {path} {fault}")
    if (folder / path).stat().st_size > MAX_CONFIG_BYTES:
        raise _unrecognised(f"the file {path} is larger than {MAX_CONFIG_BYTES // 1024} KB")
    return (folder / path).read_text("utf-8", errors="replace")


def _unrecognised(reason: str) -> Invalid:
    message = f"The folder has a {INDEX}, but {reason}. Write an artrator.yaml, or export the model again."
    return Invalid("folder_not_recognised", message, field="manifest")

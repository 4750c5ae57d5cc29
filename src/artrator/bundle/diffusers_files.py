"""The JSON files of a folder in diffusers' layout, as far as they are read: bounded, and refused by name."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from artrator.bundle.config import TokenizerConfig
from artrator.bundle.paths import file_fault
from artrator.bundle.sampler_reader import MAX_CONFIG_BYTES
from artrator.kernel.errors import Invalid

INDEX = "model_index.json"
_Sides = Annotated[tuple[Annotated[int, Field(ge=1)], ...], Field(min_length=1, max_length=6)]


class Part(BaseModel):
    """What all have in common: other keys are passed over."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)


class Index(Part):
    """`model_index.json`."""

    class_name: str = Field(alias="_class_name", max_length=100)
    force_zeros_for_empty_prompt: bool = True
    requires_aesthetics_score: bool | None = False


class Vae(Part):
    """`vae_decoder/config.json`."""

    scaling_factor: float = Field(default=0.18215, gt=0)
    shift_factor: None = None
    latents_mean: None = None
    block_out_channels: _Sides = (128, 256, 512, 512)


class UnetConfig(Part):
    """`unet/config.json`."""

    sample_size: int = Field(default=64, ge=1, le=1024)
    block_out_channels: _Sides = (320, 640, 1280, 1280)
    time_cond_proj_dim: int | None = None


class Tokens(Part):
    """`tokenizer_config.json`."""

    model_max_length: float = Field(default=77, ge=3)


class SpecialToken(Part):
    """A token with how it is split, which CLIP's need not say."""

    content: str


class SpecialTokens(Part):
    """`special_tokens_map.json`."""

    pad_token: str | SpecialToken = TokenizerConfig().pad


_Read = TypeVar("_Read", bound=Part)


def read_part(folder: Path, path: str, kind: type[_Read], *, optional: bool = False) -> _Read:
    """Read a file; where it is optional and not there, its defaults. Raises: Invalid."""
    text = "{}" if optional and not (folder / path).exists() else read_text(folder, path)
    try:
        return TypeAdapter(kind).validate_json(text)
    except (ValidationError, RecursionError) as error:
        first = error.errors(include_url=False, include_input=False)[0] if isinstance(error, ValidationError) else None
        said = "is not JSON" if first is None else f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
        raise unrecognised(f"the file {path} cannot be used, {said[:200]}") from None


def read_text(folder: Path, path: str) -> str:
    """Read a regular file of the folder. Raises: Invalid."""
    check_file(folder, path)
    if (folder / path).stat().st_size > MAX_CONFIG_BYTES:
        raise unrecognised(f"the file {path} is larger than {MAX_CONFIG_BYTES // 1024} KB")
    return (folder / path).read_text("utf-8", errors="replace")


def read_tokenizer_config(folder: Path, name: str) -> TokenizerConfig:
    """Read the settings of the tokenizer in a folder of that name. Raises: Invalid."""
    vocab, merges = f"{name}/vocab.json", f"{name}/merges.txt"
    for path in (vocab, merges):
        check_file(folder, path)
    tokens = read_part(folder, f"{name}/tokenizer_config.json", Tokens, optional=True)
    special = read_part(folder, f"{name}/special_tokens_map.json", SpecialTokens, optional=True).pad_token
    return TokenizerConfig(
        vocab=vocab,
        merges=merges,
        # where no length is known, transformers writes one with thirty digits
        length=int(tokens.model_max_length) if tokens.model_max_length <= 512 else 77,
        pad=special if isinstance(special, str) else special.content,
    )


def check_file(folder: Path, path: str) -> None:
    """Refuse what is no regular file of the folder. Raises: Invalid."""
    fault = file_fault(folder, path)
    if fault is not None:
        raise unrecognised(f"the file {path} {fault}")


def unrecognised(reason: str) -> Invalid:
    """Say why a folder in this layout cannot be used."""
    message = f"The folder has a {INDEX}, but {reason}. Write an artrator.yaml, or export the model again."
    return Invalid("folder_not_recognised", message, field="manifest")

"""What each pipeline lets a manifest set under `config`, so that a misspelt setting is an error and not a surprise."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, field_validator, model_validator

from artrator.bundle.paths import path_fault
from artrator.bundle.sampler_config import SamplerConfig
from artrator.bundle.sampler_reader import read_sampler_config
from artrator.kernel.errors import Invalid

Triple = Annotated[tuple[float, ...], Field(min_length=3, max_length=3, strict=False)]
Range = Annotated[tuple[float, ...], Field(min_length=2, max_length=2, strict=False)]
Labels = Annotated[tuple[Annotated[str, Field(max_length=100)], ...], Field(max_length=20_000, strict=False)]


class Pipeline(StrEnum):
    """How a bundle's graphs make an output from inputs."""

    TENSOR = "tensor"
    LATENT_TO_IMAGE = "latent-to-image"
    IMAGE_TO_IMAGE = "image-to-image"
    IMAGE_TO_LABEL = "image-to-label"
    TEXT_TO_IMAGE = "text-to-image"


class PipelineConfig(BaseModel):
    """No settings: the `tensor` pipeline, and what the others build on."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, strict=True)


class PictureConfig(PipelineConfig):
    """The values that black and white have in the graph's tensors."""

    image_range: Range = (0.0, 1.0)

    @model_validator(mode="after")
    def _ordered(self) -> PictureConfig:
        if not self.image_range[0] < self.image_range[1]:
            raise ValueError("image_range is [black, white] with black below white")
        return self


class LatentToImageConfig(PictureConfig):
    """Settings of `latent-to-image`."""

    image_range: Range = (-1.0, 1.0)


class ImageToImageConfig(PictureConfig):
    """Settings of `image-to-image`; the sides count where the graph's sizes are symbolic."""

    max_side_px: int = Field(default=1024, ge=16, le=8192)
    multiple_of: int = Field(default=1, ge=1, le=256)


class ImageToLabelConfig(PictureConfig):
    """Settings of `image-to-label`. labels: the names of each output's K scores, by output."""

    mean: Triple | None = None
    std: Triple | None = None
    resize: Literal["crop", "stretch"] = "crop"
    scores: Literal["logits", "probabilities"] = "logits"
    labels: dict[str, Labels] = Field(default_factory=dict[str, tuple[str, ...]])

    @model_validator(mode="after")
    def _std_positive(self) -> ImageToLabelConfig:
        if self.std is not None and min(self.std) <= 0:
            raise ValueError("std must be above 0")
        return self


class TokenizerConfig(PipelineConfig):
    """CLIP's tokenizer: its two files in the bundle, and how many tokens a prompt is cut or padded to."""

    vocab: str = "tokenizer/vocab.json"
    merges: str = "tokenizer/merges.txt"
    length: int = Field(default=77, ge=3, le=512)
    pad: str = Field(default="<|endoftext|>", min_length=1, max_length=100)

    @field_validator("vocab", "merges")
    @classmethod
    def _path(cls, value: str) -> str:
        fault = path_fault(value)
        if fault is not None:
            raise ValueError(f"the path {value[:80]!r} {fault}")
        return value


class TextToImageConfig(PictureConfig):
    """Settings of `text-to-image`.

    scheduler: what the folder's scheduler_config.json says. tokenizer_2: of SDXL's second text encoder.
    zero_empty_negative: an empty negative prompt is zeros, and not what the encoders make of no words. guidance_rescale:
    how far guidance may not widen what the model predicts, 0 to 1. latent_scale: by which latents are divided before decoding. px_per_latent: sides of a picture for one of its latents. tile_px: the largest
    side that the VAE is given at once. preview: for each channel of the latents, the red, green and blue that it adds to a
    preview, 0 to 255, and last those of a latent of zeros.
    """

    image_range: Range = (-1.0, 1.0)
    scheduler: dict[str, JsonValue]
    tokenizer: TokenizerConfig = TokenizerConfig()
    tokenizer_2: TokenizerConfig | None = None
    zero_empty_negative: bool = False
    guidance_rescale: float = Field(default=0, ge=0, le=1)
    latent_scale: float = Field(default=0.18215, gt=0)
    px_per_latent: int = Field(default=8, ge=1, le=64)
    multiple_of: int = Field(default=64, ge=1, le=256)
    width_px: int = Field(default=512, ge=8, le=8192)
    height_px: int = Field(default=512, ge=8, le=8192)
    tile_px: int = Field(default=1024, ge=32, le=8192)
    preview: Annotated[tuple[Triple, ...], Field(strict=False, max_length=65)] = ()

    @field_validator("scheduler")
    @classmethod
    def _scheduler(cls, value: dict[str, JsonValue]) -> dict[str, JsonValue]:
        try:
            read_sampler_config(value)
        except Invalid as error:
            raise ValueError(str(error.facts["reason"])) from None
        return value

    @model_validator(mode="after")
    def _sizes(self) -> TextToImageConfig:
        if self.tile_px < 8 * self.px_per_latent:
            raise ValueError("tile_px must be 8 times px_per_latent or more")
        if self.multiple_of % self.px_per_latent:
            raise ValueError("multiple_of must be a multiple of px_per_latent")
        if self.width_px % self.multiple_of or self.height_px % self.multiple_of:
            raise ValueError("width_px and height_px must be multiples of multiple_of")
        return self

    @property
    def sampler(self) -> SamplerConfig:
        """Give the scheduler's config as it was read."""
        return read_sampler_config(self.scheduler)


CONFIGS: dict[Pipeline, type[PipelineConfig]] = {
    Pipeline.TENSOR: PipelineConfig,
    Pipeline.LATENT_TO_IMAGE: LatentToImageConfig,
    Pipeline.IMAGE_TO_IMAGE: ImageToImageConfig,
    Pipeline.IMAGE_TO_LABEL: ImageToLabelConfig,
    Pipeline.TEXT_TO_IMAGE: TextToImageConfig,
}

GRAPH_ROLE: dict[Pipeline, str] = {
    Pipeline.TENSOR: "model",
    Pipeline.LATENT_TO_IMAGE: "decoder",
    Pipeline.IMAGE_TO_IMAGE: "model",
    Pipeline.IMAGE_TO_LABEL: "model",
    Pipeline.TEXT_TO_IMAGE: "unet",
}
"""The role of the graph that each pipeline is about; most call no other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Roles:
    """The graphs of a bundle: those that a pipeline calls always, and those that it calls where they are there."""

    needed: frozenset[str]
    optional: frozenset[str] = frozenset()


_DIFFUSION = Roles(
    needed=frozenset({"text_encoder", "unet", "vae_decoder"}),
    optional=frozenset({"controlnet", "text_encoder_2", "vae_encoder"}),
)


def roles_of(pipeline: Pipeline) -> Roles:
    """Tell which graphs a pipeline takes."""
    return _DIFFUSION if pipeline is Pipeline.TEXT_TO_IMAGE else Roles(needed=frozenset({GRAPH_ROLE[pipeline]}))

"""What each pipeline lets a manifest set under `config`, so that a misspelt setting is an error and not a surprise."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Triple = Annotated[tuple[float, ...], Field(min_length=3, max_length=3, strict=False)]
Range = Annotated[tuple[float, ...], Field(min_length=2, max_length=2, strict=False)]
Labels = Annotated[tuple[Annotated[str, Field(max_length=100)], ...], Field(max_length=20_000, strict=False)]


class Pipeline(StrEnum):
    """How a bundle's graphs make an output from inputs."""

    TENSOR = "tensor"
    LATENT_TO_IMAGE = "latent-to-image"
    IMAGE_TO_IMAGE = "image-to-image"
    IMAGE_TO_LABEL = "image-to-label"


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


CONFIGS: dict[Pipeline, type[PipelineConfig]] = {
    Pipeline.TENSOR: PipelineConfig,
    Pipeline.LATENT_TO_IMAGE: LatentToImageConfig,
    Pipeline.IMAGE_TO_IMAGE: ImageToImageConfig,
    Pipeline.IMAGE_TO_LABEL: ImageToLabelConfig,
}

GRAPH_ROLE: dict[Pipeline, str] = {
    Pipeline.TENSOR: "model",
    Pipeline.LATENT_TO_IMAGE: "decoder",
    Pipeline.IMAGE_TO_IMAGE: "model",
    Pipeline.IMAGE_TO_LABEL: "model",
}
"""The role of the one graph that each pipeline calls."""

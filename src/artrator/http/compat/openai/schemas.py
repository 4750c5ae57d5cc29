"""What OpenAI's clients send and read; fields of theirs that mean nothing here are taken and passed over."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Literal, cast

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator

from artrator.wire.schemas import Reply, check_json

MAX_PICTURES = 10
MAX_PARTIAL_IMAGES = 3
SIZE = re.compile(r"([1-9][0-9]{0,4})x([1-9][0-9]{0,4})")


class OutputFormat(StrEnum):
    """How pictures are written."""

    PNG = "png"
    JPEG = "jpeg"
    WEBP = "webp"


class ImageGeneration(BaseModel):
    """What is asked for. Any further field is an input of the model by its own name: `seed`, `steps`, …"""

    model_config = ConfigDict(extra="allow", frozen=True, hide_input_in_errors=True)

    model: Annotated[str, Field(max_length=200, description="owner/name, owner/name:version, or a version")]
    prompt: Annotated[str, Field(max_length=100_000)]
    n: Annotated[int, Field(ge=1, le=MAX_PICTURES)] = 1
    size: Annotated[str, Field(max_length=20, description="auto, or WIDTHxHEIGHT")] = "auto"
    response_format: Literal["b64_json", "url"] = "b64_json"
    output_format: OutputFormat = OutputFormat.PNG
    stream: bool = False
    partial_images: Annotated[int, Field(ge=0, le=MAX_PARTIAL_IMAGES)] = 0
    background: Literal["auto", "opaque"] = "auto"
    quality: Annotated[str, Field(max_length=20, description="passed over")] = "auto"
    style: Annotated[str, Field(max_length=20, description="passed over")] = ""
    moderation: Annotated[str, Field(max_length=20, description="passed over")] = "auto"
    output_compression: Annotated[int, Field(ge=0, le=100, description="passed over")] = 100
    input_fidelity: Annotated[str, Field(max_length=20, description="passed over")] = ""
    user: Annotated[str, Field(max_length=500, description="passed over")] = ""

    @model_validator(mode="before")
    @classmethod
    def _check_values(cls, value: object) -> object:
        """Take null for left out, as OpenAI does. Raises: what `check_json` raises."""
        check_json(value)
        if not isinstance(value, dict):
            return value
        return {name: each for name, each in cast("dict[str, object]", value).items() if each is not None}

    @property
    def further(self) -> dict[str, JsonValue]:
        """Inputs of the model that OpenAI's API has no word for."""
        return cast("dict[str, JsonValue]", self.model_extra or {})


class ImageReply(Reply):
    """One picture: its bytes, or where it lies for a while."""

    b64_json: str | None = None
    url: str | None = None


class ImagesReply(Reply):
    """What was made."""

    created: int
    data: list[ImageReply]
    background: str = "opaque"
    output_format: OutputFormat
    size: str | None = None


class ModelEntry(Reply):
    """A model that makes pictures of prompts."""

    id: str
    object: Literal["model"] = "model"
    created: int
    owned_by: str


class ModelEntries(Reply):
    """Models that everybody finds, the most run first."""

    object: Literal["list"] = "list"
    data: list[ModelEntry]

"""Walks, their frames and films on the wire."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Self

from pydantic import ConfigDict, Field, JsonValue, model_validator

from artrator.catalog.schemas import PriceReply
from artrator.engine.pipelines.walkable import MAX_KEYFRAMES, MIN_KEYFRAMES
from artrator.kernel.errors import Invalid
from artrator.predictions.composition import MAX_LORAS, LoraRef, VersionRef
from artrator.predictions.schemas import LoraChoice
from artrator.walks.film import FilmFormat, FilmStatus
from artrator.walks.path import MAX_FRAMES, MIN_FRAMES, Easing, Ending
from artrator.walks.spacing import SpacingKind
from artrator.walks.walk import MAX_FPS, MAX_TITLE_LETTERS, WalkStatus
from artrator.walks.wanted import WantedWalk
from artrator.wire.page import MAX_PAGE_ROWS
from artrator.wire.schemas import Reply, Strict

KeyframeInput = Annotated[dict[str, JsonValue], Field(max_length=200)]


class NewWalk(Strict):
    """What `POST /v1/walks` and its quote take."""

    model_config = ConfigDict(allow_inf_nan=False)

    model: str | None = Field(default=None, max_length=200, description="owner/name: its newest version that passed")
    version: str | None = Field(
        default=None, max_length=300, description="instead of `model`: a digest, owner/name, or owner/name:digest"
    )
    keyframes: list[KeyframeInput] = Field(
        min_length=MIN_KEYFRAMES,
        max_length=MAX_KEYFRAMES,
        description="what the walk leads through, each in the model's own inputs; files as http, https or data URLs",
        examples=[[{"prompt": "a warm colour field"}, {"prompt": "cool waves"}]],
    )
    input: KeyframeInput = Field(
        default_factory=dict[str, JsonValue],
        description="inputs that all keyframes share; a seed that is left out is drawn once for the whole walk",
    )
    frames: int = Field(default=60, ge=MIN_FRAMES, le=MAX_FRAMES, description="pictures to render; each has its price")
    ending: Ending = Field(
        default=Ending.STOP,
        description="loop leads back from the last keyframe to the first; ping-pong shows the frames forth and back",
    )
    easing: Easing = Field(default=Easing.LINEAR, description="smooth begins and ends each way slowly")
    spacing: SpacingKind = Field(
        default=SpacingKind.EVEN, description="even: neighbouring frames look equally different; uniform: by the path"
    )
    sharing: float = Field(
        default=0.5, ge=0, le=1, description="how many early steps neighbouring frames share: 0 none, 1 most"
    )
    fps: int = Field(
        default=24, ge=1, le=MAX_FPS, description="frames a second, of the films unless they say otherwise"
    )
    title: str = Field(default="", max_length=MAX_TITLE_LETTERS)
    loras: list[LoraChoice] = Field(
        default_factory=list[LoraChoice], max_length=MAX_LORAS, description="LoRAs on the model, each at its own price"
    )

    @model_validator(mode="after")
    def _one_model(self) -> Self:
        if (self.model is None) == (self.version is None):
            raise ValueError("name either a model or a version")
        return self

    def wanted(self) -> WantedWalk:
        """Read what is asked for; an input that is null counts as left out. Raises: Invalid for a malformed name."""
        return WantedWalk(
            version=_version(self.model, self.version),
            keyframes=tuple(_given(each) for each in self.keyframes),
            input=_given(self.input),
            frames=self.frames,
            ending=self.ending,
            easing=self.easing,
            spacing=self.spacing,
            sharing=self.sharing,
            fps=self.fps,
            title=self.title,
            loras=tuple(LoraRef(version=VersionRef.read(each.version), weight=each.weight) for each in self.loras),
        )


def _version(model: str | None, version: str | None) -> VersionRef:
    if model is None:
        return VersionRef.read(version or "")
    try:
        return VersionRef.read(model)
    except Invalid as error:
        raise Invalid("model_malformed", "A model is owner/name, or owner/name:digest.", field="model") from error


def _given(inputs: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    return {name: value for name, value in inputs.items() if value is not None}


class WalkQuote(Reply):
    """What a walk would cost; nothing is held."""

    frame_price: PriceReply
    price: PriceReply = Field(description="of all frames; this is held when the walk is made")
    frames: int
    evaluations: int = Field(description="expected evaluations of the model, early steps shared")
    evaluations_alone: int = Field(description="what it would need if every frame were rendered by itself")


class WalkMetrics(Reply):
    """What the rendered frames cost the engine, and how even they are."""

    evaluations: int = Field(description="evaluations of the model so far")
    evaluations_alone: int = Field(description="what the same frames would have needed without sharing")
    evenness: float | None = Field(
        description="coefficient of variation of the distances between neighbours; 0.15 and less looks even"
    )


class WalkUrls(Reply):
    """Where a walk is."""

    web: str
    get: str
    cancel: str
    stream: str
    frames: str


class WalkReply(Reply):
    """A walk."""

    id: str
    model: str = Field(description="owner/name")
    version: str
    title: str
    status: WalkStatus
    error: str | None
    error_code: str | None = Field(description="for programs: why it failed")
    keyframes: list[dict[str, JsonValue]] = Field(description="as they were given; files as signed URLs")
    input: dict[str, JsonValue] = Field(description="what all share, with the seeds that were drawn")
    frames: int = Field(description="pictures to render")
    rendered: int = Field(description="of which so many are there")
    ending: Ending
    easing: Easing
    spacing: SpacingKind
    sharing: float
    fps: int
    frame_price: PriceReply
    price: PriceReply = Field(description="what was held for all frames")
    charged: PriceReply | None = Field(description="what was paid for those that were rendered; null until it ends")
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    metrics: WalkMetrics
    poster: str | None = Field(description="a signed link to a thumbnail of a frame")
    gallery_item: str | None = Field(description="under which id its owner shows it in the gallery")
    urls: WalkUrls


class WalkPage(Reply):
    """One page of walks, newest first."""

    next: str | None
    previous: str | None
    results: list[WalkReply]


class WalkListQuery(Strict):
    """Which walks, and from where on."""

    cursor: str | None = Field(default=None, max_length=200, description="from `next` or `previous` of a page")
    limit: int = Field(default=20, ge=1, le=MAX_PAGE_ROWS)

    def asked(self) -> dict[str, str]:
        """Give the parameters that the neighbouring pages repeat."""
        return {"limit": str(self.limit)}


class FrameReply(Reply):
    """A rendered frame."""

    place: float = Field(description="0 is the first keyframe, 1 the second; between them lies the way")
    url: str = Field(description="a signed link")
    thumbnail_url: str | None = Field(
        description="a signed link to a WebP of 320 px at most; `w=640` in place of `w=320` gives a larger one"
    )
    width_px: int | None
    height_px: int | None
    distance: float | None = Field(description="to the next frame, as the eye sees it; null until both are there")
    keyframe: int | None = Field(description="which keyframe it shows, if it shows one")


class FrameList(Reply):
    """The frames that are rendered, in the order of the path."""

    results: list[FrameReply]


class FilmReply(Reply):
    """A film of a walk."""

    format: FilmFormat
    status: FilmStatus
    fps: int
    frames: int = Field(description="rendered frames that it shows")
    url: str | None = Field(description="a signed link, once it is ready")
    size_bytes: int | None
    error: str | None

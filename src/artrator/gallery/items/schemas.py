"""Items on the wire."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator
from pydantic_core import PydanticCustomError

from artrator.bundle.config import Pipeline
from artrator.catalog.bodies import Plain
from artrator.gallery.items.item import MAX_TITLE_LETTERS, Kind, Sort
from artrator.gallery.items.pictures import PictureSource
from artrator.gallery.items.walks import WalkSource
from artrator.gallery.schemas import ThumbnailReply
from artrator.wire.page import MAX_PAGE_ROWS
from artrator.wire.schemas import Reply, Strict

ID_LETTERS = 64
MAX_OUTPUTS = 1000
MAX_FRAMES_SHOWN = 240
"""More would not be seen in a browser, which asks for each of them."""
TITLE = f"one line, at most {MAX_TITLE_LETTERS} letters; may be empty"
SHOW_INPUT = "whether others see the inputs, prompts among them, and may begin with them; files are never shown"


class NewGalleryItem(Strict):
    """What of one's own to put in the gallery: a walk, or a picture of a prediction."""

    walk: str | None = Field(default=None, max_length=ID_LETTERS, description="a walk's id")
    prediction: str | None = Field(default=None, max_length=ID_LETTERS, description="or a prediction's id")
    output: str | None = Field(default=None, max_length=200, description="its output; by default the first picture")
    index: int = Field(default=0, ge=0, le=MAX_OUTPUTS, description="which one, where the output holds several")
    title: str = Field(default="", max_length=10 * MAX_TITLE_LETTERS, description=TITLE)
    show_input: bool = Field(default=False, description=SHOW_INPUT)

    @model_validator(mode="after")
    def _one_source(self) -> NewGalleryItem:
        if (self.walk is None) == (self.prediction is None):
            raise PydanticCustomError("one_source", "give either `walk` or `prediction`")
        return self

    def source(self) -> PictureSource | WalkSource:
        """Say what it is made of."""
        if self.walk is not None:
            return WalkSource(walk_id=self.walk)
        return PictureSource(prediction_id=self.prediction or "", output=self.output, index=self.index)


class GalleryItemChange(Strict):
    """What to change; what is left out stays."""

    title: str | None = Field(default=None, max_length=10 * MAX_TITLE_LETTERS, description=TITLE)
    show_input: bool | None = Field(default=None, description=SHOW_INPUT)


class GalleryItemQuery(BaseModel):
    """Which items, in which order, and from where on."""

    model_config = ConfigDict(extra="forbid")

    kind: Kind | None = None
    sort: Sort = Field(
        default=Sort.NEW, description="`liked`: the most liked first; new likes do not disturb its pages"
    )
    model: Plain | None = Field(default=None, pattern="^[^/\x00]+/[^/\x00]+$", description="owner/name")
    owner: Plain | None = Field(default=None, description="whose: a handle")
    mine: bool = Field(default=False, description="the caller's own, hidden ones too")
    prediction: str | None = Field(default=None, max_length=ID_LETTERS, description="of one of the caller's own")
    walk: str | None = Field(default=None, max_length=ID_LETTERS, description="of one of the caller's own")
    cursor: str | None = Field(default=None, max_length=500, description="from `next`")
    limit: int = Field(default=24, ge=1, le=MAX_PAGE_ROWS)

    @property
    def of_caller(self) -> bool:
        """Whether it asks for the caller's own items."""
        return self.mine or self.prediction is not None or self.walk is not None

    def named_model(self) -> tuple[str, str] | None:
        """Give the two names of the model."""
        if self.model is None:
            return None
        owner, _, name = self.model.partition("/")
        return owner, name


class GalleryMediaReply(Reply):
    """What is shown: signed links, good for about an hour. Of a walk: the frame that stands for it, and its film."""

    url: str
    media_type: str
    width_px: int | None
    height_px: int | None
    thumbnail_url: str = Field(description="320 px wide, WebP")
    thumbnails: Sequence[ThumbnailReply] = Field(description="the narrowest first")
    film_url: str | None = Field(description="of a walk, WebM: where one item is asked for, and once it is made")
    frames: int | None = Field(description="of a walk: pictures in it")
    fps: int | None = Field(description="of a walk: pictures a second")


class GalleryWalkReply(Reply):
    """What a remix of a walk begins with."""

    keyframes: Sequence[dict[str, JsonValue]] = Field(
        description="in the model's own inputs; where its owner gave a picture, the frame that was rendered of it"
    )
    input: dict[str, JsonValue] = Field(description="what all keyframes share")
    frames: int
    fps: int
    ending: str
    easing: str
    spacing: str


class GalleryFrameReply(Reply):
    """One frame of a walk."""

    place: float = Field(description="0 is the first keyframe, 1 the second; between them lies the way")
    url: str
    thumbnail_url: str
    width_px: int | None
    height_px: int | None


class GalleryFrameList(Reply):
    """Frames of a walk in the order of its path."""

    frames: int = Field(description="that the walk has")
    fps: int
    ending: str = Field(description="ping-pong: shown forth and back")
    results: Sequence[GalleryFrameReply]


class GalleryUrls(Reply):
    """Addresses."""

    web: str


class GallerySource(Reply):
    """What an item was made of."""

    prediction: str | None
    walk: str | None


class GalleryItemReply(Reply):
    """One picture or walk that somebody put in the gallery."""

    id: str
    kind: Kind
    title: str
    owner: str = Field(description="a handle")
    model: str | None = Field(description="owner/name; null where the caller may not know of the model")
    version: str | None
    pipeline: Pipeline | None
    license: str | None = Field(description="of the model")
    likes: int
    liked: bool | None = Field(description="by the caller; null where nobody is known")
    mine: bool = Field(description="whether the caller put it there")
    hidden: bool = Field(description="by an operator: only its owner and operators see it")
    media: GalleryMediaReply
    show_input: bool
    input: dict[str, JsonValue] | None = Field(description="what a remix begins with; null where its owner keeps it")
    walk: GalleryWalkReply | None = Field(
        description="of walks: what a remix begins with; null where its owner keeps it"
    )
    source: GallerySource | None = Field(description="for its owner alone")
    created_at: datetime
    urls: GalleryUrls


class GalleryItemPage(Reply):
    """One page of items."""

    next: str | None
    previous: None = None
    results: Sequence[GalleryItemReply]

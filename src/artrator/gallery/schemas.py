"""The gallery on the wire."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from artrator.bundle.config import Pipeline
from artrator.catalog.bodies import Plain
from artrator.catalog.listing import Filters, Order
from artrator.catalog.schemas import PriceReply
from artrator.gallery.report import Action, Reason, Subject
from artrator.kernel.money import MAX_AMOUNT, Micros
from artrator.wire.page import MAX_PAGE_ROWS
from artrator.wire.schemas import Reply, Strict

LEAST_PRICE = Micros(1)


class ExploreQuery(BaseModel):
    """Which outputs, in which order, and from where on."""

    model_config = ConfigDict(extra="forbid")

    query: Plain = Field(default="", description="words, beginnings of words, parts of Korean words")
    sort: Order | None = Field(default=None, description="by default `relevance` for a search, else `new`")
    pipeline: Pipeline | None = None
    tag: Plain | None = None
    license: Plain | None = Field(default=None, description="an SPDX id")
    owner: Plain | None = Field(default=None, description="a handle")
    price: Literal["free", "paid"] | None = None
    max_price_micros: Annotated[int, Field(ge=0, le=MAX_AMOUNT)] | None = None
    cursor: str | None = Field(default=None, max_length=500, description="from `next`")
    limit: int = Field(default=24, ge=1, le=MAX_PAGE_ROWS)

    def filters(self) -> Filters:
        """Read the filters."""
        most = None if self.max_price_micros is None else Micros(self.max_price_micros)
        return Filters(
            query=self.query,
            pipeline=self.pipeline,
            tag=self.tag,
            license=self.license,
            owner=self.owner,
            min_price=LEAST_PRICE if self.price == "paid" else None,
            max_price=Micros(0) if self.price == "free" else most,
        )

    def order(self) -> Order:
        """Tell the order."""
        return self.sort or (Order.RELEVANCE if self.query.strip() else Order.NEW)


class ShownModelReply(Reply):
    """What a card says of the model."""

    owner: str
    name: str
    description: str = Field(description="the summary, one line")
    pipeline: Pipeline | None
    license: str | None
    price: PriceReply
    run_price: PriceReply | None = Field(description="of a LoRA, with its base's")
    tags: Sequence[str]
    run_count: int


class ThumbnailReply(Reply):
    """A smaller picture, WebP."""

    url: str
    width_px: int
    height_px: int


class ItemOutputReply(Reply):
    """What came out."""

    kind: str = Field(description="as the manifest names it: image, images, label, tensor, json, text, ...")
    url: str | None = Field(description="a signed link, where the output is a file")
    media_type: str | None
    width_px: int | None
    height_px: int | None
    thumbnails: Sequence[ThumbnailReply] = Field(description="of pictures, the narrowest first")
    value: JsonValue = Field(description="where it is no file: one output as itself, several by name")


class ItemReply(Reply):
    """One real output of a model, and the exact inputs that made it."""

    id: str
    model: ShownModelReply
    version: str = Field(description="the digest of the version that made it")
    input: dict[str, JsonValue] = Field(
        description="every input, defaults and seeds included; files as signed links, which a prediction takes too"
    )
    input_picture_url: str | None = Field(description="the picture that went in, where one did")
    output: ItemOutputReply
    words: Mapping[str, Mapping[str, str]] = Field(
        description="on the wall, by language: how labels of the output read; a model's page has `translations`"
    )
    created_at: datetime


class ItemPage(Reply):
    """One page of outputs."""

    next: str | None
    previous: None = None
    results: Sequence[ItemReply]


class NewReport(Strict):
    """What is wrong with a model or an item."""

    reason: Reason
    details: str = Field(default="", max_length=2000)


class ReportReply(Reply):
    """A report."""

    id: str
    about: Subject
    owner: str = Field(description="a handle: whose the model or item is")
    name: str | None = Field(description="of the model; null for an item")
    item: str | None = Field(description="the item's id; null for a model, and once the item is withdrawn")
    reason: Reason
    details: str
    created_at: datetime
    closed_at: datetime | None
    action: Action | None


class ReportedItemReply(Reply):
    """The item that a report is about, as it is now."""

    kind: str
    title: str
    hidden: bool
    thumbnail_url: str


class OperatorReportReply(ReportReply):
    """A report as operators see it."""

    reporter: str = Field(description="a handle")
    listing: str | None = Field(description="whether the model is public, unlisted or private now; null for an item")
    shown: ReportedItemReply | None = Field(description="the item, while it hangs there")


class ReportPage(Reply):
    """One page of reports, the newest first."""

    next: str | None
    previous: None = None
    results: Sequence[OperatorReportReply]


class CloseReport(Strict):
    """What an operator decided."""

    action: Action

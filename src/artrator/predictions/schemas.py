"""Predictions and files on the wire, as Replicate's HTTP API shapes them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue

from artrator.bundle.manifest import MAX_LORA_WEIGHT
from artrator.catalog.schemas import PriceReply
from artrator.kernel.errors import Invalid
from artrator.predictions.composition import MAX_LORAS
from artrator.predictions.outbound import MAX_URL_LENGTH
from artrator.predictions.prediction import Source, Status, Wanted, WebhookEvent


class LoraChoice(BaseModel):
    """A LoRA that a run asks for."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    version: str = Field(max_length=300, description="a version's digest, owner/name, or owner/name:digest")
    weight: float = Field(default=1.0, ge=-MAX_LORA_WEIGHT, le=MAX_LORA_WEIGHT, description="how much it counts")


class NewModelPrediction(BaseModel):
    """What `POST /v1/models/{owner}/{name}/predictions` takes."""

    model_config = ConfigDict(extra="forbid")

    input: dict[str, JsonValue] = Field(
        default_factory=dict[str, JsonValue],
        max_length=200,
        description="the model's inputs; files as http, https or data URLs",
    )
    webhook: Annotated[str, Field(max_length=MAX_URL_LENGTH)] | None = Field(
        default=None, description="a URL that is told how the run goes"
    )
    webhook_events_filter: list[WebhookEvent] | None = Field(
        default=None, max_length=20, description="which events the webhook is told of; all if absent"
    )
    webhook_completed: Annotated[str, Field(max_length=MAX_URL_LENGTH)] | None = Field(
        default=None, description="older clients' word for a webhook that is told of the end alone"
    )
    loras: list[LoraChoice] = Field(
        default_factory=list[LoraChoice], max_length=MAX_LORAS, description="LoRAs on the model, each at its own price"
    )
    stream: bool | None = Field(default=None, description="accepted and ignored: every prediction can be streamed")

    def hook(self) -> tuple[str | None, tuple[WebhookEvent, ...]]:
        """Give the webhook's URL and the events that it is told of."""
        if self.webhook is None and self.webhook_completed is not None:
            return self.webhook_completed, (WebhookEvent.COMPLETED,)
        wanted = self.webhook_events_filter
        return self.webhook, tuple(WebhookEvent) if wanted is None else tuple(dict.fromkeys(wanted))


class NewPrediction(NewModelPrediction):
    """What `POST /v1/predictions` takes."""

    version: str = Field(max_length=300, description="a version's digest, owner/name, or owner/name:digest")


class OutputFileReply(BaseModel):
    """One output that is a file."""

    name: str = Field(description="of the output")
    url: str = Field(description="a signed link")
    media_type: str
    width_px: int | None
    height_px: int | None
    thumbnail_url: str | None = Field(
        description="a signed link to a WebP of 320 px at most; `w=640` in place of `w=320` gives a larger one"
    )


class LoraReply(BaseModel):
    """A LoRA of a run."""

    model: str = Field(description="owner/name")
    version: str
    weight: float


class PredictionReply(BaseModel):
    """A prediction."""

    id: str
    model: str
    version: str
    input: dict[str, JsonValue] = Field(description="what was given, and the seeds that were drawn")
    output: JsonValue = Field(description="one output as itself, several by name; files as signed URLs")
    files: list[OutputFileReply] = Field(description="the files among the outputs, with their sizes")
    logs: str
    error: str | None
    error_code: str | None = Field(description="for programs: why it failed")
    status: Status
    source: Source
    loras: list[LoraReply] = Field(description="that the run asked for")
    data_removed: bool = False
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    metrics: dict[str, float]
    urls: dict[str, str]


class PredictionPage(BaseModel):
    """One page of predictions, newest first."""

    next: str | None
    previous: str | None
    results: list[PredictionReply]


class PredictionListQuery(BaseModel):
    """Which predictions, and from where on."""

    model_config = ConfigDict(extra="forbid")

    status: Status | None = None
    model: str | None = Field(default=None, max_length=200, pattern=r"^[^\x00]*$", description="owner/name")
    created_after: AwareDatetime | None = None
    created_before: AwareDatetime | None = None
    cursor: str | None = Field(default=None, max_length=200, description="from `next` or `previous` of a page")
    limit: int = Field(default=100, ge=1, le=100)

    def wanted(self) -> Wanted:
        """Read the filters. Raises: Invalid for a time that no calendar in use has."""
        return Wanted(
            status=self.status,
            model=self.model,
            created_after=_moment(self.created_after, "created_after"),
            created_before=_moment(self.created_before, "created_before"),
        )

    def asked(self) -> dict[str, str]:
        """Give the parameters that the neighbouring pages repeat."""
        plain = self.model_dump(mode="json", exclude={"cursor"}, exclude_none=True)
        return {name: str(value) for name, value in plain.items()}


class ArchiveRequest(BaseModel):
    """Which predictions to download together."""

    model_config = ConfigDict(extra="forbid")

    ids: list[Annotated[str, Field(max_length=64)]] = Field(min_length=1, max_length=200)


class ReceiptPart(BaseModel):
    """Another model in the same run."""

    model: str
    version: str
    price_micros: int
    weight: float | None = Field(description="how much a LoRA counted; null for the base of one")


class ReceiptLine(BaseModel):
    """One part of a price."""

    to: Literal["creator", "platform"]
    model: str | None = Field(default=None, description="whose creator's share it is")
    amount_micros: int


class QuoteQuery(BaseModel):
    """With which LoRAs."""

    model_config = ConfigDict(extra="forbid")

    lora: list[Annotated[str, Field(max_length=300)]] = Field(
        default_factory=list[str], max_length=MAX_LORAS, description="owner/name, or a version's digest; several times"
    )


class QuoteReply(BaseModel):
    """What a run would cost the caller now."""

    price: PriceReply
    parts: list[ReceiptPart] = Field(description="what runs, the model first, at its prices; they add up to the price")
    items: list[ReceiptLine] = Field(description="how the price is split; it adds up to the price")


class ReceiptOutput(BaseModel):
    """What proves that an output is the one of this run."""

    name: str
    media_type: str
    size_bytes: int
    sha256: str


class Receipt(BaseModel):
    """All that is needed to tell, or repeat, what a run did and cost."""

    prediction: str
    model: str
    version: str
    status: Status
    seeds: dict[str, int]
    input: dict[str, JsonValue]
    outputs: list[ReceiptOutput]
    engine: dict[str, str] = Field(description="versions of what ran it")
    timings: dict[str, float] = Field(description="seconds: queue_s, predict_s, encode_s, total_s")
    attempts: int
    price_micros: int
    payment: Literal["free", "held", "paid", "returned"]
    parts: list[ReceiptPart] = Field(description="a LoRA's base, and the LoRAs that the run asked for")
    items: list[ReceiptLine] = Field(description="how the price is split; it adds up to the price")
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None


class FileReply(BaseModel):
    """An uploaded file."""

    id: str
    name: str
    content_type: str
    size: int
    etag: str
    checksums: dict[str, str]
    metadata: dict[str, JsonValue]
    created_at: datetime
    expires_at: datetime
    urls: dict[str, str]


class FileList(BaseModel):
    """A user's newest files."""

    next: str | None = None
    previous: str | None = None
    results: list[FileReply]


def _moment(moment: datetime | None, field: str) -> datetime | None:
    try:
        return None if moment is None else moment.astimezone(UTC)
    except OverflowError:
        raise Invalid("time_out_of_range", "This time lies outside of the years 1 to 9999.", field=field) from None


class WebhookSecret(BaseModel):
    """The secret that signs a user's webhooks."""

    key: str = Field(description="whsec_ and base64, as Standard Webhooks has it")

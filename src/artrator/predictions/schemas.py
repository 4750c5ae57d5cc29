"""Predictions and files on the wire, as Replicate's HTTP API shapes them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from artrator.predictions.outbound import MAX_URL_LENGTH
from artrator.predictions.prediction import Source, Status, WebhookEvent


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


class PredictionReply(BaseModel):
    """A prediction."""

    id: str
    model: str
    version: str
    input: dict[str, JsonValue] = Field(description="what was given, and the seeds that were drawn")
    output: JsonValue = Field(description="one output as itself, several by name; files as signed URLs")
    logs: str
    error: str | None
    error_code: str | None = Field(description="for programs: why it failed")
    status: Status
    source: Source
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


class ReceiptLine(BaseModel):
    """One part of a price."""

    to: Literal["creator", "platform"]
    amount_micros: int


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


class WebhookSecret(BaseModel):
    """The secret that signs a user's webhooks."""

    key: str = Field(description="whsec_ and base64, as Standard Webhooks has it")

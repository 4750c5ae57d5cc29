"""What a prediction is, and which state may follow which: rules that need no database."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from artrator.kernel.errors import Invalid
from artrator.kernel.ids import Digest, ModelId, PredictionId, UserId
from artrator.kernel.money import Micros

if TYPE_CHECKING:
    from artrator.engine.execution.call import Json
else:
    Json = Any  # rows are read into these classes by their annotations, and a recursive one cannot be followed


class Status(StrEnum):
    """Replicate's words for where a run is."""

    STARTING = "starting"
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"
    ABORTED = "aborted"

    @property
    def final(self) -> bool:
        """Whether nothing follows."""
        return self is not Status.STARTING and self is not Status.PROCESSING


class Source(StrEnum):
    """By which door a run came in."""

    API = "api"
    WEB = "web"


class WebhookEvent(StrEnum):
    """What a webhook may be told of."""

    START = "start"
    OUTPUT = "output"
    LOGS = "logs"
    COMPLETED = "completed"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """One output that is a file, as it lies in the blob store."""

    key: str
    media_type: str
    size_bytes: int
    sha256: str
    width_px: int | None = None
    height_px: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredOutput:
    """One named output: files, or a JSON value. `many` tells a list of one file from a file."""

    name: str
    files: tuple[StoredFile, ...] = ()
    many: bool = False
    value: Json = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What a finished run took, in seconds, and the versions of what ran it."""

    queue_s: float
    predict_s: float
    encode_s: float
    engine: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPart:
    """Another model in the same run, and its part of the price. weight: of a LoRA; None for the base of one."""

    model: str
    version: Digest
    owner_id: UserId
    price: Micros
    weight: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """One run of one version on one input, as a row holds it."""

    id: PredictionId
    user_id: UserId
    model_id: ModelId
    owner_id: UserId
    model: str
    """owner/name"""
    version: Digest
    status: Status
    source: Source
    input: dict[str, Json]
    """What the user gave, without what came as a data URL: that lies in `input_files`."""
    seeds: dict[str, int]
    """The seeds of the run, given or drawn, by the field's name."""
    input_files: dict[str, str]
    """Blob keys of inputs that came as data URLs, by the field's name."""
    price: Micros
    """Of all parts together; 0 for a free run."""
    fee_permille: int
    created_at: datetime
    attempt: int
    """How often a runner began it; a settlement names the attempt that it settles."""
    runner: str | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None
    deadline_at: datetime | None = None
    output: tuple[StoredOutput, ...] | None = None
    error: str | None = None
    error_code: str | None = None
    logs: str = ""
    measured: Measured | None = None
    webhook: str | None = None
    webhook_events: tuple[WebhookEvent, ...] = ()
    parts: tuple[RunPart, ...] = ()
    """What ran beside `model`: the base of a LoRA, and the LoRAs that the run asked for."""
    settlement: str | None = None
    """Names the one settlement that closed it, so that its author knows it again after a lost connection."""

    @property
    def is_free(self) -> bool:
        """Whether nothing was held for it."""
        return self.price == 0

    def wants(self, event: WebhookEvent) -> bool:
        """Tell whether the webhook is told of this kind of event."""
        return self.webhook is not None and event in self.webhook_events


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which of a user's runs a list shows; None means all."""

    status: Status | None = None
    model: str | None = None
    """owner/name"""
    created_after: datetime | None = None
    created_before: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a run ended."""

    status: Status
    completed_at: datetime
    settlement: str
    """A new id for this one ending."""
    started_at: datetime | None = None
    output: tuple[StoredOutput, ...] | None = None
    error: str | None = None
    error_code: str | None = None
    logs: str | None = None
    """None keeps what the row holds."""
    measured: Measured | None = None

    def close(self, row: Prediction) -> Prediction:
        """Give the row's last state. The row must not be final yet."""
        assert self.status.final
        assert not row.status.final
        # in one call: `dataclasses.replace` takes several times as long, and every run passes here
        return Prediction(
            id=row.id,
            user_id=row.user_id,
            model_id=row.model_id,
            owner_id=row.owner_id,
            model=row.model,
            version=row.version,
            status=self.status,
            source=row.source,
            input=row.input,
            seeds=row.seeds,
            input_files=row.input_files,
            price=row.price,
            fee_permille=row.fee_permille,
            created_at=row.created_at,
            attempt=row.attempt,
            runner=None,
            started_at=self.started_at or row.started_at,
            completed_at=self.completed_at,
            deadline_at=row.deadline_at,
            output=self.output,
            error=self.error,
            error_code=self.error_code,
            logs=row.logs if self.logs is None else self.logs,
            measured=self.measured,
            webhook=row.webhook,
            webhook_events=row.webhook_events,
            parts=row.parts,
            settlement=self.settlement,
        )


MIN_CANCEL_AFTER_S, MAX_CANCEL_AFTER_S = 5, 24 * 3600
MIN_WAIT_S, MAX_WAIT_S = 1, 60
_DURATION = re.compile(r"(?=.)(?:(\d{1,5})h)?(?:(\d{1,5})m)?(?:(\d{1,5})s?)?", re.ASCII)


def read_cancel_after(text: str) -> timedelta:
    """Read the header `Cancel-After`: `30`, `90s`, `1h30m`; from 5 seconds to a day.

    Raises: Invalid.
    """
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        raise Invalid(
            "cancel_after_malformed", "Cancel-After is a duration such as 30, 90s or 1h30m.", field="Cancel-After"
        )
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    total_s = hours * 3600 + minutes * 60 + seconds
    if not MIN_CANCEL_AFTER_S <= total_s <= MAX_CANCEL_AFTER_S:
        raise Invalid(
            "cancel_after_out_of_range", "Cancel-After lies between 5 seconds and 24 hours.", field="Cancel-After"
        )
    return timedelta(seconds=total_s)


def read_prefer(text: str | None) -> float | None:
    """Read how long a caller waits from the header `Prefer` (RFC 7240): `wait`, `wait=10`; None is not at all.

    Raises: Invalid if `wait` is not a whole number of seconds from 1 to 60.
    """
    for preference in (text or "").split(","):
        name, _, value = preference.partition(";")[0].partition("=")
        if name.strip().lower() != "wait":
            continue
        value = value.strip().strip('"')
        if not value:
            return float(MAX_WAIT_S)
        if not (value.isascii() and value.isdigit() and MIN_WAIT_S <= int(value[:6]) <= MAX_WAIT_S):
            raise Invalid("prefer_malformed", "Prefer: wait=N takes whole seconds from 1 to 60.", field="Prefer")
        return float(value)
    return None

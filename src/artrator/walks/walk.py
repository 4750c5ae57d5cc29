"""What a walk is, and what may become of it: rules that need no database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from artrator.kernel.ids import Digest, ModelId, UserId, WalkId
from artrator.kernel.money import Micros
from artrator.predictions.prediction import Json, RunPart, StoredFile
from artrator.walks.path import Easing, Ending
from artrator.walks.spacing import SpacingKind

MAX_FPS = 60
MAX_TITLE_LETTERS = 120


class WalkStatus(StrEnum):
    """Where a walk is."""

    STARTING = "starting"
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"

    @property
    def final(self) -> bool:
        """Whether nothing follows."""
        return self not in {WalkStatus.STARTING, WalkStatus.PROCESSING}


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyframe:
    """Inputs that one keyframe has of its own. files: blob keys of those that are files, by the field's name."""

    input: dict[str, Json]
    files: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """One walk, as a row holds it."""

    id: WalkId
    user_id: UserId
    model_id: ModelId
    owner_id: UserId
    model: str
    """owner/name"""
    version: Digest
    title: str
    status: WalkStatus
    keyframes: tuple[Keyframe, ...]
    shared: Keyframe
    """What all keyframes share, the seeds that were drawn for the whole walk among it."""
    frames: int
    ending: Ending
    easing: Easing
    spacing: SpacingKind
    sharing: float
    fps: int
    frame_price: Micros
    """Of all parts together; 0 for a free walk."""
    parts: tuple[RunPart, ...]
    """What renders beside `model`, each with its part of the price of a frame."""
    fee_permille: int
    evaluations_alone: int
    """Evaluations of the model that one frame costs by itself; 1 where there is nothing to share."""
    created_at: datetime
    rendered: int = 0
    evaluations: int = 0
    """What the rendered frames have cost."""
    revision: int = 0
    """Grows with every change of a frame."""
    evenness: float | None = None
    """The coefficient of variation of the distances between neighbours; lower is more even."""
    attempt: int = 0
    """How often a process began or went on with it; only the latest may store frames."""
    charged: Micros | None = None
    """What was paid in the end."""
    started_at: datetime | None = None
    completed_at: datetime | None = None
    error: str | None = None
    error_code: str | None = None
    settlement: str | None = None
    """Names the one ending that closed it, so that its author knows it again after a lost connection."""

    @property
    def price(self) -> Micros:
        """What was held for it."""
        return Micros(self.frame_price * self.frames)


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One rendered frame, as a row holds it."""

    walk_id: WalkId
    place: float
    """0 is the first keyframe, 1 the second; between them lies the way."""
    file: StoredFile
    evaluations: int
    attempt: int
    """Of its walk, when it was rendered."""
    sequence: int
    """Counts a walk's frames in the order in which they were stored, from 1."""
    revision: int
    """The walk's, when this row last changed."""
    created_at: datetime
    states: str | None = None
    """Blob key of the latents from which others may begin, until the walk ends."""
    distance: float | None = None
    """To the next frame, as the eye sees it."""
    distance_left: float | None = None
    distance_right: float | None = None
    """To those that were its neighbours when it was stored."""

    @property
    def keyframe(self) -> int | None:
        """The keyframe that it shows, if it shows one."""
        return int(self.place) if self.place.is_integer() else None

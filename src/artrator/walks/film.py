"""Films of a walk: which formats there are, and what is known of one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from artrator.kernel.ids import WalkId


class FilmFormat(StrEnum):
    """How a walk can be taken home; MP4 is AV1, WebM is VP9, zip is a picture a frame."""

    WEBM = "webm"
    MP4 = "mp4"
    GIF = "gif"
    WEBP = "webp"
    ZIP = "zip"

    @property
    def media_type(self) -> str:
        """Give the type of the file."""
        return _MEDIA_TYPES[self]


_MEDIA_TYPES = {
    FilmFormat.WEBM: "video/webm",
    FilmFormat.MP4: "video/mp4",
    FilmFormat.GIF: "image/gif",
    FilmFormat.WEBP: "image/webp",
    FilmFormat.ZIP: "application/zip",
}


class FilmStatus(StrEnum):
    """How far a film is."""

    PROCESSING = "processing"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Film:
    """One film of a walk, as a row holds it.

    order_id: names this writing of it; a job that was asked for an earlier one does nothing.
    frames: how many had been rendered when it was asked for; it shows no more.
    """

    walk_id: WalkId
    format: FilmFormat
    order_id: str
    status: FilmStatus
    fps: int
    frames: int
    created_at: datetime
    key: str | None = None
    size_bytes: int | None = None
    error: str | None = None

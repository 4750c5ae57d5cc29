"""What a walk costs, how much of the engine it takes, and how much room its films may need."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class WalkSettings(BaseModel):
    """The group `walks` of the settings tree."""

    model_config = ConfigDict(frozen=True)

    frame_permille: int = Field(
        default=250, ge=0, le=1000, description="what a frame costs, in thousandths of the price of a run"
    )
    concurrency: int = Field(default=16, ge=1, le=256, description="walks that one process renders at once")
    frames_at_once: int = Field(
        default=0, ge=0, le=256, description="frames of one walk in flight at most; 0 keeps all workers busy"
    )
    active_per_user: int = Field(default=8, ge=1, description="walks of one user that may be under way at a time")
    frame_deadline_s: float = Field(default=300.0, gt=0, description="seconds that one frame may wait and render")
    frame_attempts: int = Field(
        default=3, ge=1, le=10, description="how often a frame is tried that a model fails, before its walk ends"
    )
    stalled_after_s: float = Field(
        default=20.0, gt=0, description="a walk that no job works on for so long is queued again"
    )
    extractor: str = Field(
        default="",
        pattern=r"^([0-9a-f]{64})?$",
        description="the version whose features say how far frames look apart: one picture in, one tensor out; "
        "ours if empty",
    )
    films_at_once: int = Field(default=1, ge=1, le=64, description="films that one process writes at once")
    film_side_px: int = Field(
        default=2048, ge=16, le=8192, description="the longest side of a film; larger frames are made smaller"
    )

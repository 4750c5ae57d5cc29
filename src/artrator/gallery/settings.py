"""How much of a model the platform shows at its own expense, and how much a day people put beside it."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class GallerySettings(BaseModel):
    """The group `gallery` of the settings tree."""

    model_config = ConfigDict(frozen=True)

    examples: int = Field(default=8, ge=0, le=10, description="examples of a version's manifest that are rendered")
    seeds: int = Field(
        default=6, ge=0, le=20, description="further seeds that are rendered where there are fewer examples than this"
    )
    choices: int = Field(
        default=24,
        ge=0,
        le=100,
        description="pictures that are rendered to show what the choices of an input look like",
    )
    run_deadline_s: float = Field(default=120.0, gt=0, description="seconds that rendering one example may take")
    value_bytes: int = Field(
        default=16 * 1024, ge=0, description="a JSON output larger than this is left out of the showcase"
    )
    shares_per_day: int = Field(default=100, ge=0, description="items that somebody may put in the gallery a day")
    reports_per_day: int = Field(
        default=30, ge=0, description="reports, of models and items, that somebody may make a day"
    )
    item_link_s: int = Field(
        default=3600, ge=60, description="how long a signed link to what hangs in the gallery works"
    )

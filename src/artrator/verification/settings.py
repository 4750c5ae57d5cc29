"""How long and how large a version may be while it is verified."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

MIB = 1 << 20


class VerificationSettings(BaseModel):
    """The group `verification` of the settings tree."""

    model_config = ConfigDict(frozen=True)

    max_bundle_bytes: int = Field(default=4096 * MIB, ge=1, description="bytes of all files of a version together")
    rehearsal_wall_clock_s: float = Field(
        default=60.0, gt=0, description="seconds in which a version must load and finish its rehearsal runs"
    )
    rehearsal_memory_bytes: int = Field(
        default=4096 * MIB, ge=256 * MIB, description="address space of the process that rehearses a version"
    )
    rehearsal_runs: int = Field(default=3, ge=2, le=50, description="runs of each rehearsal input")
    slow_run_s: float = Field(default=30.0, gt=0, description="median seconds of a run above which buyers are warned")
    profile_s: float = Field(
        default=2.0,
        ge=0,
        le=600,
        description="seconds in which a version's graphs are measured on this device; 0: they run with safe defaults",
    )

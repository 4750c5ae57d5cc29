"""Where runs go: to this machine's own workers, or to a cluster, and how that grows."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field


class FleetKind(StrEnum):
    """Which implementation of the port takes the runs."""

    LOCAL = "local"
    RAY = "ray"


class ClusterSettings(BaseModel):
    """The group `engine.cluster` of the settings tree; it matters only where the fleet is `ray`."""

    model_config = ConfigDict(frozen=True)

    address: str = Field(default="auto", description="of the Ray cluster, `host:port`; auto finds this machine's node")
    node_address: str | None = Field(
        default=None, description="this machine's own address in the cluster, where it has several"
    )
    min_replicas: int = Field(default=1, ge=1, description="machines that run models however little there is to do")
    max_replicas: int = Field(default=8, ge=1, description="machines that run models however much there is to do")
    replica_cpus: float = Field(default=1.0, gt=0, description="cores that a replica reserves of its machine")
    target_runs: float = Field(
        default=8.0, gt=0, description="runs on a replica, waiting ones too, from which on another is started"
    )
    upscale_delay_s: float = Field(default=10.0, ge=0, description="seconds of too many runs before one is started")
    downscale_delay_s: float = Field(default=300.0, ge=0, description="seconds of too few runs before one is stopped")
    drain_s: float = Field(default=150.0, gt=0, description="seconds in which a replica that is stopped ends its runs")

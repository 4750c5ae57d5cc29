"""How long runs, files and links live, and what the server may connect to on a user's behalf."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class PredictionSettings(BaseModel):
    """Runs, files, webhooks and inputs by URL."""

    model_config = ConfigDict(frozen=True)

    run_deadline_s: float = Field(default=300.0, gt=0, description="a run that takes longer fails and is refunded")
    queue_deadline_s: float = Field(
        default=3600.0, gt=0, description="a run that could not begin within this time fails and is refunded"
    )
    max_attempts: int = Field(
        default=2, ge=1, le=10, description="how often a run is begun when servers die under it, before it is refunded"
    )
    heartbeat_s: float = Field(default=2.0, gt=0, description="how often a server says that it lives")
    stalled_after_s: float = Field(default=10.0, gt=0, description="a server silent for so long loses its runs")
    shutdown_grace_s: float = Field(
        default=10.0, ge=0, description="how long a server that stops lets its runs finish; the rest is handed back"
    )
    update_every_s: float = Field(
        default=0.5, gt=0, description="logs and progress of a run are stored and sent at most this often"
    )
    allotment_idle_s: float = Field(
        default=2.0,
        gt=0,
        description="what is set aside of a busy wallet is given back when it was not needed for so long",
    )
    output_link_s: int = Field(default=3600, ge=60, description="how long a signed link to an output works")
    file_lifetime_s: int = Field(default=24 * 3600, ge=60, description="how long an uploaded file is kept")
    file_bytes: int = Field(default=64 * 2**20, ge=1, description="the largest file that may be uploaded")
    files_per_user: int = Field(default=1000, ge=1, description="how many uploaded files a user may keep at a time")
    input_bytes: int = Field(default=32 * 2**20, ge=1, description="the largest input file of a run")
    fetch_timeout_s: float = Field(default=15.0, gt=0, description="how long reading an input from a URL may take")
    outbound_ports: tuple[int, ...] = Field(
        default=(80, 443), description="ports of other servers that webhooks and inputs by URL may name"
    )
    allow_loopback: bool = Field(
        default=False,
        description="let webhooks and inputs by URL reach this machine itself; for development and tests only",
    )
    webhook_timeout_s: float = Field(default=10.0, gt=0, description="how long a webhook's receiver may take")
    webhook_attempts: int = Field(default=10, ge=1, le=30, description="how often a last webhook is tried")

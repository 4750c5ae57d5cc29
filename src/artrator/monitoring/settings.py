"""How often the platform looks after itself."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class MonitoringSettings(BaseModel):
    """What operators are shown."""

    model_config = ConfigDict(frozen=True)

    books_check_every_s: float = Field(
        default=900.0, gt=0, description="how often each process computes the ledger anew to see that it balances"
    )

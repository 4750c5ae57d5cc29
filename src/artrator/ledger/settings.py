"""What the platform charges, in which currency, and how money comes in."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from artrator.kernel.money import MAX_AMOUNT, PER_UNIT


class LedgerSettings(BaseModel):
    """The currency, the platform's fee, and when a hold is suspicious."""

    model_config = ConfigDict(frozen=True)

    currency: str = Field(
        default="USD", pattern="^[A-Z]{3}$", description="ISO 4217 code of the one currency; fixed once money moved"
    )
    fee_permille: int = Field(
        default=200, ge=0, le=1000, description="the platform's part of a run's price, in thousandths"
    )
    stale_hold_s: int = Field(
        default=86_400, ge=60, description="`artrator ledger check` warns of holds open for longer than this"
    )


class PaymentSettings(BaseModel):
    """Top-ups."""

    model_config = ConfigDict(frozen=True)

    allow_sandbox: bool = Field(
        default=False, description="let the sandbox provider give credits for nothing outside development"
    )
    min_top_up_micros: int = Field(default=PER_UNIT // 2, ge=1, le=MAX_AMOUNT, description="the smallest top-up")
    max_top_up_micros: int = Field(default=10_000 * PER_UNIT, ge=1, le=MAX_AMOUNT, description="the largest top-up")

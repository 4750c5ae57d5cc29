"""The engine's own errors: what a stranger's model did wrong is kept apart from what the engine lacks."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from artrator.kernel.errors import Fact, Invalid, RateLimited, Unavailable


class Fault(StrEnum):
    """What a model can do wrong; the code of a ModelFault."""

    CRASHED = "model_crashed"
    TIMED_OUT = "model_timed_out"
    OUT_OF_MEMORY = "model_out_of_memory"
    FAILED = "model_failed"
    OUTPUT_INVALID = "output_invalid"


class ModelFault(Invalid):
    """The model itself fails this request; running it again will most likely fail again."""

    def __init__(self, code: str, message: str, *, field: str | None = None, **facts: Fact) -> None:
        super().__init__(Fault(code).value, message, field=field, **facts)


class ModelQuarantined(Unavailable):
    """The model crashed its worker too often and runs no more until its owner or the operator looks at it."""

    def __init__(self, message: str, *, digest: str) -> None:
        super().__init__("model_quarantined", message, digest=digest)


class EngineBusy(Unavailable):
    """More work waits than the engine can do in time."""

    default_retry_after_s: ClassVar[float] = 1.0

    def __init__(self, message: str, *, retry_after_s: float = default_retry_after_s) -> None:
        super().__init__("engine_busy", message, retry_after_s=retry_after_s)


class AccountBusy(RateLimited):
    """The account itself has as many runs in flight as it may; others are still served."""

    def __init__(self, message: str, *, retry_after_s: float) -> None:
        super().__init__("account_busy", message, retry_after_s=retry_after_s)


TurnedAway = EngineBusy | AccountBusy
"""The engine did not take the run, or did not come to it in time: the same run may succeed later."""

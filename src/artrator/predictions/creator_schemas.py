"""A creator's figures on the wire."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from pydantic import Field

from artrator.catalog.model import Version, VersionStatus
from artrator.catalog.schemas import ModelReply, PastPriceReply, past_price_reply
from artrator.catalog.wire import Writer
from artrator.kernel.money import Micros
from artrator.ledger.schemas import AmountReply
from artrator.predictions.creators import Day, ModelHistory, OwnModel
from artrator.wire.schemas import Reply


class NewestVersionReply(Reply):
    """The version that was published last, whatever became of it."""

    id: str
    status: VersionStatus
    created_at: datetime

    @classmethod
    def of(cls, version: Version) -> NewestVersionReply:
        """Write a version."""
        return cls(id=version.digest, status=version.status, created_at=version.created_at)


class RunFiguresReply(Reply):
    """Runs in a time."""

    runs: int
    succeeded: int
    failed: int
    canceled: int
    p50_s: float | None = Field(description="the median time from request to output; null where nothing succeeded")
    p95_s: float | None


class OwnModelReply(RunFiguresReply):
    """One of the caller's models and its figures of the last 30 days."""

    model: ModelReply
    newest_version: NewestVersionReply | None
    earned: AmountReply

    @classmethod
    def of(cls, own: OwnModel, writer: Writer, currency: str) -> OwnModelReply:
        """Write a model for its creator."""
        return cls(
            model=writer.model(own.listed),
            newest_version=None if own.newest is None else NewestVersionReply.of(own.newest),
            earned=AmountReply.of(own.earned, currency),
            runs=own.figures.runs,
            succeeded=own.figures.succeeded,
            failed=own.figures.failed,
            canceled=own.figures.canceled,
            p50_s=own.figures.p50_s,
            p95_s=own.figures.p95_s,
        )


class OwnModelPage(Reply):
    """A page of the caller's models, the newest first."""

    next: str | None
    previous: str | None
    results: Sequence[OwnModelReply]


class DayReply(RunFiguresReply):
    """One day, in UTC."""

    day: date
    earned_micros: int

    @classmethod
    def of(cls, day: Day) -> DayReply:
        """Write a day."""
        return cls(
            day=day.day,
            earned_micros=day.earned,
            runs=day.figures.runs,
            succeeded=day.figures.succeeded,
            failed=day.figures.failed,
            canceled=day.figures.canceled,
            p50_s=day.figures.p50_s,
            p95_s=day.figures.p95_s,
        )


class VersionRunsReply(NewestVersionReply):
    """A version and how often it ran in the time."""

    runs: int


class ModelHistoryReply(Reply):
    """How a model did: every day, quiet ones too, the oldest first."""

    currency: str
    earned: AmountReply = Field(description="on all these days together")
    days: Sequence[DayReply]
    versions: Sequence[VersionRunsReply] = Field(description="the newest first")
    prices: Sequence[PastPriceReply] = Field(description="the newest first")

    @classmethod
    def of(cls, history: ModelHistory, currency: str) -> ModelHistoryReply:
        """Write a history."""
        return cls(
            currency=currency,
            earned=AmountReply.of(Micros(sum(day.earned for day in history.days)), currency),
            days=[DayReply.of(day) for day in history.days],
            versions=[
                VersionRunsReply(id=version.digest, status=version.status, created_at=version.created_at, runs=runs)
                for version, runs in history.versions
            ],
            prices=[past_price_reply(price, currency) for price in history.prices],
        )

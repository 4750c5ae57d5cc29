"""What the headers of a create ask for, and how its reply keeps to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from http import HTTPStatus
from typing import Self

from artrator.identity.user import User
from artrator.predictions.composition import VersionRef
from artrator.predictions.prediction import Json, Prediction, Source, Status, read_cancel_after, read_prefer
from artrator.predictions.submit import NewRun

MAX_PREFER_LETTERS = 200
MAX_CANCEL_AFTER_LETTERS = 40
MAX_KEY_LETTERS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateHeaders:
    """What the headers of a create say."""

    wait_s: float | None
    cancel_after: timedelta | None
    idempotency_key: str | None
    source: Source

    @classmethod
    def read(cls, *, prefer: str | None, cancel_after: str | None, idempotency_key: str | None, by_key: bool) -> Self:
        """Read them. Raises: Invalid."""
        return cls(
            wait_s=read_prefer(prefer),
            cancel_after=None if cancel_after is None else read_cancel_after(cancel_after),
            idempotency_key=idempotency_key,
            source=Source.API if by_key else Source.WEB,
        )

    def new_run(self, user: User, version: VersionRef, given: Mapping[str, Json]) -> NewRun:
        """Say what the caller asks for."""
        return NewRun(
            user=user,
            version=version,
            input=given,
            source=self.source,
            wait_s=self.wait_s,
            cancel_after=self.cancel_after,
            idempotency_key=self.idempotency_key,
        )

    @property
    def preference_applied(self) -> str | None:
        """Give the reply's Preference-Applied (RFC 7240)."""
        return None if self.wait_s is None else f"wait={self.wait_s:g}"

    def status_of(self, row: Prediction) -> HTTPStatus:
        """Give the reply's status."""
        return HTTPStatus.ACCEPTED if self._was_too_short_for(row) else HTTPStatus.CREATED

    def shown(self, row: Prediction) -> Prediction:
        """Give the row as the reply shows it."""
        # Replicate's client takes every other status in a waiting reply for a final one, and stops polling
        return replace(row, status=Status.STARTING) if self._was_too_short_for(row) else row

    def _was_too_short_for(self, row: Prediction) -> bool:
        return self.wait_s is not None and not row.status.final

"""What somebody reported of a model, and what an operator made of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from artrator.catalog.model import Visibility
from artrator.kernel.ids import ModelId


class Reason(StrEnum):
    """Why a model should not be listed as it is."""

    STOLEN = "stolen"
    ILLEGAL = "illegal"
    HARMFUL = "harmful"
    MISLEADING = "misleading"
    SPAM = "spam"
    OTHER = "other"


class Action(StrEnum):
    """What closes a report: nothing is wrong, or the model is no longer found by others."""

    DISMISS = "dismiss"
    UNLIST = "unlist"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One report.

    reporter, owner: handles.
    listing: of the model now.
    """

    id: str
    model_id: ModelId
    owner: str
    name: str
    listing: Visibility
    reporter: str
    reason: Reason
    details: str
    created_at: datetime
    closed_at: datetime | None
    action: Action | None

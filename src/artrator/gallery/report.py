"""What somebody reported of a model or of an item of the gallery, and what an operator made of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from artrator.catalog.model import Visibility
from artrator.kernel.ids import ItemId, ModelId
from artrator.predictions.prediction import StoredFile


class Reason(StrEnum):
    """Why something should not be shown as it is."""

    STOLEN = "stolen"
    ILLEGAL = "illegal"
    HARMFUL = "harmful"
    MISLEADING = "misleading"
    SPAM = "spam"
    OTHER = "other"


class Action(StrEnum):
    """What closes a report: nothing is wrong, the model is no longer found by others, or the item no longer shown."""

    DISMISS = "dismiss"
    UNLIST = "unlist"
    HIDE = "hide"


class Subject(StrEnum):
    """What is reported."""

    MODEL = "model"
    ITEM = "item"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedModel:
    """A model as it is now."""

    id: ModelId
    name: str
    listing: Visibility


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedItem:
    """An item that still hangs in the gallery, as it is now."""

    id: ItemId
    kind: str
    title: str
    file: StoredFile
    is_hidden: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One report.

    owner, reporter: handles; owner is whose the model or the item is.
    model, item: what is reported; an item that was withdrawn since is None.
    """

    id: str
    subject: Subject
    owner: str
    model: ReportedModel | None
    item: ReportedItem | None
    reporter: str
    reason: Reason
    details: str
    created_at: datetime
    closed_at: datetime | None
    action: Action | None

"""What the catalog holds: models, their immutable versions, prices and collections."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from artrator.bundle.config import Pipeline
from artrator.bundle.manifest import Manifest
from artrator.kernel.ids import Digest, ModelId, UserId
from artrator.kernel.money import Micros


class Visibility(StrEnum):
    """Who finds a model: its owner alone, whoever knows its name, or everybody."""

    PRIVATE = "private"
    UNLISTED = "unlisted"
    PUBLIC = "public"


class VersionStatus(StrEnum):
    """How far a version is; only one that passed ever runs for a user."""

    UPLOADED = "uploaded"
    VERIFYING = "verifying"
    PASSED = "passed"
    FAILED = "failed"
    AWAITING_CONSENT = "awaiting_consent"
    QUARANTINED = "quarantined"


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A model as its page shows it.

    owner: the handle of the owner.
    wanted_visibility: what the owner asked for before a version had passed; it comes true when one does.
    pipeline, license: of the newest version that passed, or of the newest one while none has.
    latest_digest: the newest version that passed. base_digest: the version that it adapts, where it is a LoRA.
    run_price: what a run costs a stranger: the price, and of a LoRA its base's too.
    cover_key: the blob of the picture that stands for the model.
    listed_at: when it was last made visible to others; until then, when it was created.
    """

    id: ModelId
    owner_id: UserId
    owner: str
    name: str
    visibility: Visibility
    wanted_visibility: Visibility | None
    summary: str
    description: str
    tags: tuple[str, ...]
    pipeline: Pipeline | None
    license: str | None
    price: Micros
    run_price: Micros
    latest_digest: Digest | None
    base_digest: Digest | None
    cover_key: str | None
    run_count: int
    created_at: datetime
    listed_at: datetime

    def is_visible_to(self, viewer: UserId | None) -> bool:
        """Tell whether a viewer may know of the model."""
        return self.visibility is not Visibility.PRIVATE or viewer == self.owner_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """An immutable bundle of a model.

    batchable: verification found that each row of a batch gets the result that it gets alone.
    size_bytes: of the packed bundle.
    """

    model_id: ModelId
    digest: Digest
    manifest: Manifest
    status: VersionStatus
    batchable: bool
    size_bytes: int
    created_at: datetime
    verified_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A model and its newest version that passed."""

    model: Model
    latest: Version | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What a run costs from a moment on, until the next price."""

    amount: Micros
    valid_from: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Runnable:
    """A version that the viewer may run now, at this price for them: 0 is free, as it is for the owner.

    base: what a LoRA adapts, at its own price.
    """

    model_id: ModelId
    owner_id: UserId
    owner: str
    name: str
    digest: Digest
    manifest: Manifest
    price: Micros
    batchable: bool
    base: Runnable | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelChange:
    """What an owner changes; None leaves it as it is.

    visibility: now, which needs a version that passed. wanted_visibility: now or as soon as a version passes.
    """

    visibility: Visibility | None = None
    wanted_visibility: Visibility | None = None
    summary: str | None = None
    description: str | None = None
    tags: tuple[str, ...] | None = None
    price: Micros | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """Models that an operator put together."""

    slug: str
    name: str
    description: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TagCount:
    """A tag and how many listed models carry it."""

    tag: str
    models: int

"""What is shown of a model: one real output, with the exact inputs that made it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from artrator.catalog.model import Model
from artrator.kernel.ids import Digest, ModelId
from artrator.predictions.prediction import Json, StoredFile


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredThumbnail:
    """A smaller picture of an output, as it lies in the blob store."""

    key: str
    width_px: int
    height_px: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowcaseItem:
    """One rendered example of a version.

    place: in the plan of the version; the first one stands for the model.
    input: what was given, defaults and seeds included, without files.
    input_files: blob keys of the files that went in, by the input's name.
    kind: the type of the output that is shown, as the manifest names it.
    value: what came out as JSON: one output as itself, several by name.
    file: what came out as a file; of several pictures the first.
    """

    id: str
    model_id: ModelId
    digest: Digest
    place: int
    input: dict[str, Json]
    input_files: dict[str, str]
    kind: str
    value: Json
    file: StoredFile | None
    thumbnails: tuple[StoredThumbnail, ...]
    created_at: datetime

    @property
    def blob_keys(self) -> tuple[str, ...]:
        """Every blob that lies in the store for this item; inputs may serve other items of the version too."""
        made = () if self.file is None else (self.file.key,)
        return (*made, *(each.key for each in self.thumbnails), *self.input_files.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """An item, the model that it is of, and by language how the words of its output read."""

    item: ShowcaseItem
    model: Model
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])

"""What an item of the gallery is, and who sees it: rules that need no database."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from artrator.bundle.config import Pipeline
from artrator.catalog.model import Visibility
from artrator.kernel.errors import Invalid
from artrator.kernel.ids import Digest, ItemId, ModelId, PredictionId, UserId, WalkId
from artrator.predictions.prediction import Json, StoredFile

MAX_TITLE_LETTERS = 120
_TURNS_TEXT_ROUND = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class Kind(StrEnum):
    """What hangs there."""

    PICTURE = "picture"
    WALK = "walk"


class Sort(StrEnum):
    """In which order items are listed; ties go by age, the youngest first."""

    NEW = "new"
    LIKED = "liked"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownKeyframe:
    """What others may see of a keyframe. pictures: blob keys of frames, by the inputs in whose place they stand."""

    input: dict[str, Json]
    pictures: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkFacts:
    """What the film of a walk is like. frames: that were rendered. keyframes: None where the owner keeps them."""

    frames: int
    fps: int
    ending: str
    easing: str
    spacing: str
    keyframes: tuple[ShownKeyframe, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One item, as its row holds it.

    output, place: which file of the prediction it is.
    file: what is shown; of a walk, the frame that stands for it.
    fingerprint: of its content, by which what was hidden is known again.
    input: what a remix begins with; None where the owner keeps it to themselves.
    walk: of walks, what the film is like.
    """

    id: ItemId
    kind: Kind
    owner_id: UserId
    prediction_id: PredictionId | None
    walk_id: WalkId | None
    output: str | None
    place: int | None
    model_id: ModelId
    digest: Digest
    title: str
    file: StoredFile
    fingerprint: str
    input: dict[str, Json] | None
    walk: WalkFacts | None
    likes: int
    created_at: datetime

    def without_inputs(self) -> Item:
        """Give it as it is where its owner keeps to themselves how it was made."""
        return replace(self, input=None, walk=self.walk and replace(self.walk, keyframes=None))


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeBy:
    """The model that made an item, as it is now."""

    owner_id: UserId
    owner: str
    name: str
    visibility: Visibility
    is_deleted: bool
    pipeline: Pipeline | None
    license: str | None

    def is_known_to(self, viewer: UserId | None) -> bool:
        """Tell whether a viewer may know of the model."""
        return not self.is_deleted and (self.visibility is not Visibility.PRIVATE or viewer == self.owner_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hung:
    """An item among the others: who put it there, and what the viewer has to do with it.

    owner: a handle.
    liked: by the viewer; None where nobody is known.
    is_hidden: by an operator.
    is_owner_active: False once the owner's account is disabled or deleted.
    """

    item: Item
    owner: str
    model: MadeBy
    liked: bool | None
    is_hidden: bool
    is_owner_active: bool

    @property
    def is_public(self) -> bool:
        """Whether everybody sees it."""
        return self.is_owner_active and not self.is_hidden


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which items a list shows; None means all.

    model, owner: by their names. mine: of the viewer alone, hidden ones too; of one source alone.
    """

    kind: Kind | None = None
    model: tuple[str, str] | None = None
    owner: str | None = None
    mine: UserId | None = None
    prediction_id: str | None = None
    walk_id: str | None = None


def read_title(text: str) -> str:
    """Write a title on one line, without what is not seen or turns the text around it. Raises: Invalid."""
    seen = "".join(" " if each.isspace() else each for each in text if not _is_invisible(each))
    title = " ".join(unicodedata.normalize("NFC", seen).split())
    if len(title) > MAX_TITLE_LETTERS:
        message = f"A title has at most {MAX_TITLE_LETTERS} letters."
        raise Invalid("title_too_long", message, field="title", limit=MAX_TITLE_LETTERS)
    return title


def _is_invisible(letter: str) -> bool:
    if letter.isspace():
        return False
    return letter in _TURNS_TEXT_ROUND or unicodedata.category(letter) in {"Cc", "Cs", "Co", "Cn"}

"""What a model may be called and how it may be tagged and listed."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

from artrator.catalog.errors import malformed, version_not_found, version_not_verified
from artrator.catalog.model import Model, ModelChange, Visibility
from artrator.kernel.ids import Digest
from artrator.kernel.money import MAX_AMOUNT, Micros

MAX_TAGS = 10
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")
_DIGEST = re.compile(r"[0-9a-f]{64}\Z")
_TAG = re.compile(r"[^\W_]([\w -]{0,38}[^\W_])?\Z")


def check_name(name: str) -> str:
    """Return a name that can stand in a URL. Raises: Invalid."""
    if len(name) > 64 or _NAME.match(name) is None:
        raise malformed("name", "A model's name is a-z, 0-9 and single hyphens between them, at most 64 of them.")
    return name


def read_digest(text: str) -> Digest:
    """Return a digest that has the form of one. Raises: NotFound, because there is no such version."""
    if _DIGEST.match(text) is None:
        raise version_not_found()
    return Digest(text)


def check_tags(tags: tuple[str, ...]) -> tuple[str, ...]:
    """Return tags in lower case, each once. Raises: Invalid."""
    cleaned = tuple(dict.fromkeys(tag.strip().lower() for tag in tags))
    if len(cleaned) > MAX_TAGS:
        raise malformed("tags", f"A model has at most {MAX_TAGS} tags.")
    for tag in cleaned:
        if _TAG.match(tag) is None:
            raise malformed("tags", f"{tag[:40]!r} is not a tag; write words of letters and digits, 40 at most.")
    return cleaned


def check_price(amount: int) -> Micros:
    """Return a price in micros. Raises: Invalid."""
    if not 0 <= amount <= MAX_AMOUNT:
        raise malformed("price", "A price lies between 0 and 1,000,000,000.")
    return Micros(amount)


def check_line(text: str, *, field: str, most: int) -> str:
    """Return a text of bounded length without control characters, which PostgreSQL or a page could stumble over."""
    if len(text) > most:
        raise malformed(field, f"It has at most {most:,} characters.")
    if any(ord(letter) < 32 and letter not in "\n\t\r" for letter in text):
        raise malformed(field, "It holds control characters; remove them.")
    return text


def changed(model: Model, change: ModelChange, now: datetime) -> Model:
    """Apply a change. Raises: Invalid; Conflict for listing a model of which no version passed."""
    if change.summary is not None:
        model = replace(model, summary=check_line(change.summary, field="summary", most=200))
    if change.description is not None:
        model = replace(model, description=check_line(change.description, field="description", most=20_000))
    if change.tags is not None:
        model = replace(model, tags=check_tags(change.tags))
    if change.visibility is not None:
        model = _shown(model, change.visibility, now)
    if change.wanted_visibility is not None:
        waits = model.latest_digest is None and change.wanted_visibility is not Visibility.PRIVATE
        wanted = change.wanted_visibility
        model = replace(model, wanted_visibility=wanted) if waits else _shown(model, wanted, now)
    return model


def _shown(model: Model, visibility: Visibility, now: datetime) -> Model:
    if visibility is Visibility.PRIVATE:
        return replace(model, visibility=visibility, wanted_visibility=None)
    if model.latest_digest is None:
        raise version_not_verified(None)
    was_hidden = model.visibility is not Visibility.PUBLIC and visibility is Visibility.PUBLIC
    return replace(
        model, visibility=visibility, wanted_visibility=None, listed_at=now if was_hidden else model.listed_at
    )

"""How the labels on the wall read in other languages: as the manifests of their versions say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlalchemy import cast, select, tuple_
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from artrator.catalog.tables import versions
from artrator.gallery.showcase import Shown


async def with_words(connection: AsyncConnection, shown: Sequence[Shown]) -> Sequence[Shown]:
    """Add the translated words of the versions that answered with values, not with files."""
    wanted = {(each.item.model_id, each.item.digest) for each in shown if each.item.file is None}
    if not wanted:
        return shown
    key = (versions.c.model_id, versions.c.digest)
    translations = cast(versions.c.manifest, JSONB)["translations"]
    rows = (await connection.execute(select(*key, translations).where(tuple_(*key).in_(wanted)))).all()
    words = {(model_id, digest): _words(told) for model_id, digest, told in rows}
    return [replace(each, words=words.get((each.item.model_id, each.item.digest), {})) for each in shown]


def _words(translations: Mapping[str, Mapping[str, Mapping[str, str]]] | None) -> Mapping[str, Mapping[str, str]]:
    return {language: told.get("words", {}) for language, told in (translations or {}).items()}

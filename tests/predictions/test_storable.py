"""What a stranger's model says must not spoil a commit."""

from __future__ import annotations

import json
import math

import psycopg
import pytest

from artrator.predictions.storable import storable_json, storable_text


@pytest.mark.parametrize("value", ["a\0b", "\ud800", {"\0": ["\udfff", math.nan, -math.inf, 1.5, None, True]}])
async def test_whatever_a_model_says_can_be_stored(dsn: str, value: object) -> None:
    clean = storable_json(value)  # type: ignore[arg-type]
    async with await psycopg.AsyncConnection.connect(dsn) as connection:
        found = await (await connection.execute("SELECT %s::text::jsonb", [json.dumps(clean)])).fetchone()
    assert found == (clean,)


def test_plain_text_stays_as_it_is() -> None:
    assert storable_text("그림 🎨") == "그림 🎨"

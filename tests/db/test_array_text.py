"""Arrays reach PostgreSQL as they were."""

from __future__ import annotations

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from artrator.db.array_text import integer_array, text_array

TEXTS = st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), max_size=5)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=TEXTS)
def test_texts_come_back_whatever_is_in_them(dsn: str, texts: list[str]) -> None:
    with psycopg.connect(dsn) as connection:
        found = connection.execute("SELECT %s::text[]", (text_array(texts),)).fetchone()
    assert found == (texts,)


@pytest.mark.parametrize("text", ["", "NULL", "null", '"', "\\", '\\"', "{}", ",", " a ", "\n", "ä", "🎨"])
def test_what_an_array_s_own_words_are_made_of_is_only_text(dsn: str, text: str) -> None:
    with psycopg.connect(dsn) as connection:
        found = connection.execute("SELECT %s::text[]", (text_array([text, text]),)).fetchone()
    assert found == ([text, text],)


def test_a_zero_byte_shifts_nothing_into_the_next_place() -> None:
    with pytest.raises(ValueError, match="zero byte"):
        text_array(["a\0b", "c"])


def test_numbers_and_truths_come_back(dsn: str) -> None:
    with psycopg.connect(dsn) as connection:
        found = connection.execute(
            "SELECT %s::bigint[], %s::boolean[], %s::integer[]",
            (integer_array([1, -(2**62)]), integer_array([True, False]), integer_array([])),
        ).fetchone()
    assert found == ([1, -(2**62)], [True, False], [])

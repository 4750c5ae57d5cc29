"""Text becomes harmless terms, in any script."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artrator.catalog.words import english_words, query_words, terms, vector_literal


def test_an_english_word_is_one_term_whatever_its_case() -> None:
    assert list(terms("Colour-Fields, GAN2")) == ["colour", "fields", "gan2"]


def test_a_korean_word_is_found_by_its_syllables_and_pairs() -> None:
    assert list(terms("추상화")) == ["추", "상", "화", "추상", "상화"]


def test_korean_that_a_file_system_took_apart_is_composed() -> None:
    assert list(terms("\u110e\u116e\u1109\u1161\u11bc")) == ["추", "상", "추상"]


def test_scripts_that_stand_together_are_told_apart() -> None:
    assert list(terms("GAN모델2")) == ["gan", "모", "델", "모델", "2"]


def test_full_width_letters_are_letters() -> None:
    assert list(terms("ＧＡＮ")) == ["gan"]


def test_only_ascii_words_are_stemmed() -> None:
    assert english_words("Wélcome to 추상 waves") == "to waves"


def test_a_search_for_a_noun_with_its_particle_looks_for_the_noun() -> None:
    assert query_words("추상화를") == (("'추상' & '상화'", ""),)


def test_a_syllable_that_is_still_being_typed_is_left_out() -> None:
    assert query_words("추상ㅎ")[0] == ("'추상'", "")


@given(st.text(max_size=400))
def test_no_input_is_ever_query_syntax(text: str) -> None:
    for term, english in query_words(text):
        for part in term.removesuffix(":*").split(" & "):
            assert re.fullmatch(r"'[^\W_]+'", part)
        assert re.fullmatch(r"[a-z0-9]*", english)


@given(st.text(max_size=400))
def test_no_text_is_ever_vector_syntax(text: str) -> None:
    for part in vector_literal(text, "A").split():
        assert re.fullmatch(r"'[^\W_]+':\d+A", part)


@pytest.mark.parametrize("text", ["", "   ", "!!! ???", "_", "\0"])
def test_a_search_without_words_has_no_terms(text: str) -> None:
    assert query_words(text) == ()

"""Turn text into search terms, in English, Korean and whatever else people write, without a database extension.

A word is indexed as it is (found by its beginning) and, when it is English, by its stem. Korean has no spaces where
a search needs them (추상화를 holds 추상 and 추상화), so a run of syllables is indexed as its single syllables and its
pairs: any part of a word is found. Chinese and Japanese runs are treated the same.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise

MAX_WORD_LENGTH = 64
MAX_QUERY_LENGTH = 200
MAX_QUERY_TERMS = 12

_SYLLABIC = r"가-힣\u3040-\u30ff\u3400-\u9fff"
_RUNS = re.compile(rf"(?P<syllables>[{_SYLLABIC}]+)|(?P<word>[^\W_{_SYLLABIC}]+)")
_PARTICLES = frozenset("은는이가을를의에로와과도만")
"""What is appended to a Korean noun in one syllable; a search for 추상화를 also finds 추상화."""


def normalised(text: str) -> str:
    """Compose what a keyboard or a file system took apart, and forget case and width."""
    return unicodedata.normalize("NFKC", text).casefold()


def terms(text: str) -> Iterator[str]:
    """Yield the terms under which a text is found; made of letters and digits alone."""
    for run in _RUNS.finditer(normalised(text)):
        if run["word"]:
            yield run["word"][:MAX_WORD_LENGTH]
        else:
            yield from run["syllables"]
            yield from _pairs(run["syllables"])


def english_words(text: str) -> str:
    """Give a text's ASCII words, for the stemmer."""
    return " ".join(run["word"] for run in _RUNS.finditer(normalised(text)) if run["word"] and run["word"].isascii())


def vector_literal(text: str, weight: str) -> str:
    """Write a text's terms as PostgreSQL reads a tsvector: `'term':1A`."""
    return " ".join(f"'{term}':{place}{weight}" for place, term in enumerate(terms(text), start=1))


def query_words(text: str) -> tuple[tuple[str, str], ...]:
    """Read a search as (tsquery, English word or nothing), all of which a result must match.

    The tsquery parts hold letters and digits between our own quotes and operators, so no input is ever syntax.
    """
    found: list[tuple[str, str]] = []
    for run in _RUNS.finditer(normalised(text[:MAX_QUERY_LENGTH])):
        if run["word"]:
            word = run["word"][:MAX_WORD_LENGTH]
            found.append((f"'{word}':*", word if word.isascii() else ""))
        else:
            found.append((_syllable_query(run["syllables"]), ""))
    return tuple(found[:MAX_QUERY_TERMS])


def _syllable_query(run: str) -> str:
    if len(run) >= 3 and run[-1] in _PARTICLES:
        run = run[:-1]
    parts = list(dict.fromkeys(_pairs(run))) or [run]
    return " & ".join(f"'{part}'" for part in parts)


def _pairs(run: str) -> Iterator[str]:
    return (first + second for first, second in pairwise(run))

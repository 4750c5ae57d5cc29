"""PostgreSQL's own words for arrays: written by hand since the driver takes a microsecond for each element of a list."""

from __future__ import annotations

from collections.abc import Collection

_BETWEEN = "\0"
"""No text in PostgreSQL holds it, so that it may stand between elements while they are quoted."""


def text_array(texts: Collection[str]) -> str:
    """Write texts for a parameter that is cast to text[]. Raises: ValueError where one holds a zero byte."""
    if not texts:
        return "{}"
    joined = _BETWEEN.join(texts)
    if joined.count(_BETWEEN) != len(texts) - 1:
        raise ValueError("no text holds a zero byte")
    return '{"' + joined.replace("\\", r"\\").replace('"', r"\"").replace(_BETWEEN, '","') + '"}'


def integer_array(numbers: Collection[int]) -> str:
    """Write whole numbers for a parameter that is cast to integer[] or bigint[]; truths for boolean[]."""
    return "{" + ",".join(map(str, numbers)) + "}"

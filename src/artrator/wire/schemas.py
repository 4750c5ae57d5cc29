"""What every body on the wire has in common: a request is checked before any part sees it, a reply never changes."""

from __future__ import annotations

import math
from typing import cast

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic_core import PydanticCustomError

MAX_DEPTH = 64


class Strict(BaseModel):
    """The body of a request: unknown fields are refused, and so is text or a number that could not be stored."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def _check_values(cls, value: object) -> object:
        check_json(value)
        return value


class Reply(BaseModel):
    """The body of a reply."""

    model_config = ConfigDict(frozen=True)


def check_json(value: object) -> None:
    """Refuse what JSON can carry and PostgreSQL, UTF-8 or a stack cannot.

    Raises: PydanticCustomError on NUL, half a surrogate pair, NaN, infinity, or nesting deeper than MAX_DEPTH.
    """
    level: list[object] = [value]
    for _ in range(MAX_DEPTH):
        deeper: list[object] = []
        for each in level:
            if isinstance(each, str):
                _check_text(each)
            elif isinstance(each, float) and not math.isfinite(each):
                raise PydanticCustomError("number_not_finite", "NaN and infinity are not JSON")
            elif isinstance(each, dict):
                deeper.extend(cast("dict[object, object]", each).keys())
                deeper.extend(cast("dict[object, object]", each).values())
            elif isinstance(each, list):
                deeper.extend(cast("list[object]", each))
        if not deeper:
            return
        level = deeper
    raise PydanticCustomError("json_too_deep", "the JSON is nested too deeply")


def _check_text(text: str) -> None:
    if "\0" in text:
        raise PydanticCustomError("text_with_nul", "a text must not contain the character U+0000")
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise PydanticCustomError("text_not_unicode", "a text must be well-formed Unicode") from None

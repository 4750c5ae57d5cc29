"""What a manifest says in further languages: the same texts for people; names and values stay as they are."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator

LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*\Z")
MAX_WORDS = 200
Word = Annotated[str, Field(min_length=1, max_length=100)]


class FieldWords(BaseModel):
    """What one input or output is called, and what is said of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str = Field(default="", max_length=100)
    description: str = Field(default="", max_length=500)


class Translation(BaseModel):
    """The texts of one language; what is left out is shown as the manifest has it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    summary: str = Field(default="", max_length=200)
    description: str = Field(default="", max_length=20_000, description="Markdown; show it sanitised")
    fields: dict[Word, FieldWords] = Field(default={}, max_length=128, description="by name of the input or output")
    words: dict[Word, Word] = Field(default={}, max_length=MAX_WORDS, description="how choices, labels and tags read")

    @field_validator("summary")
    @classmethod
    def _one_line(cls, value: str) -> str:
        if not all(letter.isprintable() for letter in value):
            raise ValueError("must be one line of text")
        return value

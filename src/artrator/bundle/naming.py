"""A model's name from a file's, so that nobody must invent one."""

from __future__ import annotations

import re

MAX_NAME_LENGTH = 64


def name_from(text: str) -> str:
    """Make a valid name of any text: lower-case letters, digits and single hyphens; `model` where nothing is left."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:MAX_NAME_LENGTH].strip("-") or "model"

"""Where the command writes: results on standard output (for people or as JSON), everything else on standard error."""

from __future__ import annotations

import msgspec
from rich.console import Console

errors = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
"""Progress, hints and errors: never mixed into a result that a script reads."""


def print_json(value: object) -> None:
    """Write one JSON document on one line."""
    print(msgspec.json.encode(value, enc_hook=str).decode(), flush=True)


def say(text: str) -> None:
    """Write a line of a result for people."""
    print(text, flush=True)

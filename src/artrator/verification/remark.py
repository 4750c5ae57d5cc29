"""One thing that a check says: by a code and facts for programs that speak another language, and in English."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from artrator.kernel.errors import ArtratorError, Fact

SHOWN = 3
"""Of many faults of one kind; the first ones are enough to begin with."""


@dataclass(frozen=True, slots=True)
class Remark:
    """code: stable, lower_snake_case. text: a sentence, or a part of one. facts: what the text fills in."""

    code: str
    text: str
    facts: Mapping[str, Fact]


def remark(code: str, text: str, **facts: Fact) -> Remark:
    """Make a remark."""
    return Remark(code, text, facts)


def remark_of(error: ArtratorError) -> Remark:
    """Say what an error says."""
    return Remark(error.code, error.message, error.facts)


def in_one_line(remarks: Sequence[Remark]) -> str:
    """Join the first remarks, and tell how many more there are."""
    more = f" (and {len(remarks) - SHOWN} more)" if len(remarks) > SHOWN else ""
    return "; ".join(each.text for each in remarks[:SHOWN]) + more

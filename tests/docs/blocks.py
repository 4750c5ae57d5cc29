"""The commands and programs that the documents show, in the order in which a reader meets them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

RUNNABLE = frozenset({"sh", "python"})
_FENCE = re.compile(r"^(?P<indent> *)```(?P<language>[a-z]*)\s*$")
_NOT_RUN = re.compile(r"^<!-- not run: (?P<reason>\S.*) -->$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One fenced block. not_run: the reason that the document gives for leaving it out, "" where it runs."""

    document: Path
    line: int
    language: str
    text: str
    not_run: str

    @property
    def runs(self) -> bool:
        """Tell whether it is executed."""
        return self.language in RUNNABLE and not self.not_run

    def __str__(self) -> str:
        return f"{self.document.name}:{self.line}"


def blocks_of(document: Path) -> Iterator[Block]:
    """Read a document's fenced blocks."""
    lines = document.read_text().splitlines()
    number = 0
    while number < len(lines):
        fence = _FENCE.match(lines[number])
        number += 1
        if fence is None:
            continue
        first = number
        while lines[number].strip() != "```":
            number += 1
        marked = _NOT_RUN.match(lines[first - 2]) if first > 1 else None
        yield Block(
            document=document,
            line=first,
            language=fence["language"],
            text="\n".join(lines[first:number]) + "\n",
            not_run=marked["reason"] if marked else "",
        )
        number += 1

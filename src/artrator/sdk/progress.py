"""How far a run is, as its event stream tells it."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

import msgspec

EVENTS: Mapping[str, str] = {"Accept": "text/event-stream"}
SILENCE_S = 45.0
"""A stream is never silent for so long: the server sends a heartbeat every ten seconds."""
WITH_PROGRESS: Mapping[str, str] = {"progress": "true"}
"""Asks for what Replicate's streams do not have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunProgress:
    """Steps done of all steps, and perhaps an encoded preview picture."""

    step: int
    steps: int
    preview: bytes | None = None


OnProgress = Callable[[RunProgress], None]


class _Progress(msgspec.Struct):
    step: int = 0
    steps: int = 0
    preview: str | None = None


def read_events(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Parse server-sent events into (event, data). Source: the HTML standard, section 9.2.6."""
    reader = EventReader()
    for line in lines:
        event = reader.feed(line)
        if event is not None:
            yield event


class EventReader:
    """Gather the lines of a stream into events, one at a time."""

    def __init__(self) -> None:
        self._event = "message"
        self._data: list[str] = []
        self.last_id: str | None = None
        """Where a stream that broke may be taken up again."""

    def feed(self, line: str) -> tuple[str, str] | None:
        """Take a line; give the event that it completes, if it does."""
        if line:
            name, _, value = line.partition(":")
            if name == "event":
                self._event = value.removeprefix(" ")
            elif name == "data":
                self._data.append(value.removeprefix(" "))
            elif name == "id":
                self.last_id = value.removeprefix(" ")
            return None
        complete = (self._event, "\n".join(self._data)) if self._data else None
        self._event, self._data = "message", []
        return complete


def progress_in(event: str, data: str) -> RunProgress | None:
    """Read a `progress` event; None for any other, and for one that is not understood."""
    if event != "progress":
        return None
    try:
        raw = msgspec.json.decode(data, type=_Progress)
        picture = base64.b64decode(raw.preview.partition(",")[2], validate=True) if raw.preview else None
    except (msgspec.MsgspecError, ValueError):
        return None
    return RunProgress(step=raw.step, steps=raw.steps, preview=picture)

"""A prediction as server-sent events: what Replicate's clients know, and on request our own `progress`."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import assert_never

import msgspec

from artrator.identity.user import User
from artrator.predictions.events import PredictionBus, Step
from artrator.predictions.prediction import Prediction, Status
from artrator.predictions.read import PredictionReader
from artrator.predictions.view import PredictionViews

HEARTBEAT_S = 10.0
"""A comment is sent so often: proxies and clients (Replicate's after 30 s) give up silent connections."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """What a watcher has seen; it is the id of each event, so any server goes on where another one stopped."""

    logs: int = 0
    output: bool = False

    def __str__(self) -> str:
        return f"{self.logs}-{int(self.output)}"

    @classmethod
    def read(cls, last_event_id: str | None) -> Position:
        """Read `Last-Event-ID`; what is not ours means the beginning."""
        logs, dash, output = (last_event_id or "").partition("-")
        if dash and logs.isascii() and logs.isdigit() and len(logs) < 10 and output in {"0", "1"}:
            return cls(logs=int(logs), output=output == "1")
        return cls()


class PredictionStreams:
    """Stream predictions to their owners."""

    def __init__(self, reader: PredictionReader, bus: PredictionBus, views: PredictionViews) -> None:
        self._reader = reader
        self._bus = bus
        self._views = views

    async def open(
        self, user: User, prediction_id: str, *, last_event_id: str | None, progress: bool
    ) -> AsyncIterator[bytes]:
        """Check that the user may watch, then give the stream. Raises: NotFound."""
        await self._reader.get(user.id, prediction_id)
        return self._events(user, prediction_id, last_event_id, progress=progress)

    async def _events(
        self, user: User, prediction_id: str, last_event_id: str | None, *, progress: bool
    ) -> AsyncIterator[bytes]:
        position = Position.read(last_event_id)
        row = await self._reader.get(user.id, prediction_id)
        with self._bus.watch(row.id) as watch:
            yield b": stream\n\n"
            changed = True
            while True:
                if changed:
                    row = await self._reader.get(user.id, prediction_id)
                    for event, seen in self._news(row, position):
                        position = seen
                        yield event
                    if row.status.final:
                        return
                changed, step = await watch.news(timeout_s=HEARTBEAT_S)
                if step is not None and progress:
                    yield write_event("progress", _progress(step), position)
                if not changed and step is None:
                    yield b": heartbeat\n\n"
                    changed = True  # the row is looked at again, whatever messages were lost

    def _news(self, row: Prediction, seen: Position) -> Iterator[tuple[bytes, Position]]:
        if len(row.logs) > seen.logs:
            new = row.logs[seen.logs :]
            seen = Position(logs=len(row.logs), output=seen.output)
            yield write_event("logs", new, seen), seen
        if row.output is not None and not seen.output:
            seen = Position(logs=seen.logs, output=True)
            for value in self._outputs(row):
                yield write_event("output", value, seen), seen
        for event in _last(row, seen):
            yield event, seen

    def _outputs(self, row: Prediction) -> list[str]:
        """One event for each file of a list, one for any other output."""
        value = self._views.output(row)
        if isinstance(value, list) and all(isinstance(each, str) for each in value):
            return [str(each) for each in value]
        return [value if isinstance(value, str) else msgspec.json.encode(value).decode()]


def _last(row: Prediction, seen: Position) -> Iterator[bytes]:
    match row.status:
        case Status.STARTING | Status.PROCESSING:
            return
        case Status.SUCCEEDED:
            yield write_event("done", "{}", seen)
        case Status.CANCELED | Status.ABORTED:
            yield write_event("done", f'{{"reason": "{row.status.value}"}}', seen)
        case Status.FAILED:
            detail = {"detail": row.error or "", "code": row.error_code or ""}
            yield write_event("error", msgspec.json.encode(detail).decode(), seen)
            yield write_event("done", '{"reason": "error"}', seen)
        case _:
            assert_never(row.status)


def _progress(step: Step) -> str:
    preview = None if step.preview is None else f"data:image/jpeg;base64,{b64encode(step.preview).decode()}"
    return msgspec.json.encode({"step": step.step, "steps": step.steps, "preview": preview}).decode()


def write_event(event: str, data: str, position: object) -> bytes:
    """Write one event. A carriage return in the data would end a line of the protocol, so it becomes a line feed."""
    lines = data.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    body = "".join(f"data: {line}\n" for line in lines)
    return f"event: {event}\nid: {position}\n{body}\n".encode()

"""Tell whoever watches a prediction or a walk that it changed: at once in this process, by LISTEN and NOTIFY elsewhere."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from base64 import b64decode, b64encode
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import msgspec
import psycopg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from artrator.db.listening import listening_connection
from artrator.kernel.ids import new_id

log = logging.getLogger(__name__)

CHANNEL = "artrator_predictions"
MAX_NOTIFY_BYTES = 7900
"""PostgreSQL refuses payloads of 8000 bytes."""
MAX_NOTIFIED_PREVIEW_BYTES = 5000
RECONNECT_PAUSE_S = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """How far a run is; preview is an encoded JPEG, absent where it is too large to travel between processes."""

    step: int
    steps: int
    preview: bytes | None = None


class Signal(msgspec.Struct, frozen=True, omit_defaults=True):
    """One message: the row of a prediction or a walk changed, or (with a step) only its progress did."""

    id: str
    step: int | None = None
    steps: int = 0
    preview: str = ""


class _Envelope(msgspec.Struct, frozen=True):
    origin: str
    signals: tuple[Signal, ...]


class Watch:
    """What one watcher has not seen yet; only the latest progress is kept, so a slow watcher is never behind."""

    def __init__(self) -> None:
        self._woken = asyncio.Event()
        self._changed = False
        self._step: Step | None = None

    def tell(self, step: Step | None) -> None:
        """Note news."""
        if step is None:
            self._changed = True
        else:
            self._step = step
        self._woken.set()

    async def news(self, *, timeout_s: float) -> tuple[bool, Step | None]:
        """Wait for news: whether the row changed, and the latest progress; nothing at all when the time is up."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self._woken.wait()
        self._woken.clear()
        seen = (self._changed, self._step)
        self._changed, self._step = False, None
        return seen


class PredictionBus:
    """One process's ear and voice."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self.origin = new_id()
        """Names this process, in what it tells and in the leases of its runs."""
        self._watches: dict[str, set[Watch]] = {}
        self._elsewhere: list[Callable[[str | None], None]] = []
        self.listening = asyncio.Event()

    @contextmanager
    def watch(self, row_id: str) -> Generator[Watch]:
        """Watch one row; read its row after this began, and nothing is missed."""
        watch = Watch()
        self._watches.setdefault(row_id, set()).add(watch)
        try:
            yield watch
        finally:
            watches = self._watches[row_id]
            watches.discard(watch)
            if not watches:
                del self._watches[row_id]

    def on_change_elsewhere(self, callback: Callable[[str | None], None]) -> None:
        """Have a callback told which row another process changed; None: any may have, the line was broken."""
        self._elsewhere.append(callback)

    def tell_here(self, row_id: str, step: Step | None = None) -> None:
        """Tell the watchers in this process."""
        for watch in self._watches.get(row_id, ()):
            watch.tell(step)

    async def tell_others(self, connection: AsyncConnection, signals: Sequence[Signal]) -> None:
        """Tell the other processes when, and only if, the unit of work commits."""
        for payload in self.messages(signals):
            await connection.execute(
                text("SELECT pg_notify(:channel, :payload)"), {"channel": CHANNEL, "payload": payload}
            )

    def messages(self, signals: Sequence[Signal]) -> Sequence[str]:
        """Write what is to be notified on `CHANNEL` for others to hear of changes."""
        return _payloads(self.origin, signals)

    async def listen(self) -> None:
        """Hear the other processes until cancelled, through restarts of PostgreSQL."""
        while True:
            try:
                await self._listen_once()
            except (psycopg.Error, OSError) as error:
                log.warning("the line to PostgreSQL broke and is made again: %s", type(error).__name__)
            self.listening.clear()
            await asyncio.sleep(RECONNECT_PAUSE_S)

    async def _listen_once(self) -> None:
        async with listening_connection(self._dsn, CHANNEL) as connection:
            self._wake_all()
            self.listening.set()
            async for notification in connection.notifies():
                self._hear(notification.payload)

    def _hear(self, payload: str) -> None:
        try:
            envelope = msgspec.json.decode(payload, type=_Envelope)
        except msgspec.MsgspecError:
            log.warning("a message on the channel %s is not one of ours", CHANNEL)
            return
        if envelope.origin == self.origin:
            return
        for signal in envelope.signals:
            self.tell_here(signal.id, _step_of(signal))
            if signal.step is None:
                self._tell_callbacks(signal.id)

    def _wake_all(self) -> None:
        for row_id in list(self._watches):
            self.tell_here(row_id)
        self._tell_callbacks(None)

    def _tell_callbacks(self, row_id: str | None) -> None:
        for callback in self._elsewhere:
            callback(row_id)


def progress_signal(row_id: str, step: Step) -> Signal:
    """Write progress so that it fits a notification."""
    preview = step.preview or b""
    small = b64encode(preview).decode() if len(preview) <= MAX_NOTIFIED_PREVIEW_BYTES else ""
    return Signal(id=row_id, step=step.step, steps=step.steps, preview=small)


def _step_of(signal: Signal) -> Step | None:
    if signal.step is None:
        return None
    return Step(step=signal.step, steps=signal.steps, preview=b64decode(signal.preview) or None)


def _payloads(origin: str, signals: Iterable[Signal]) -> list[str]:
    payloads: list[str] = []
    batch: list[Signal] = []
    size = 0
    for signal in signals:
        length = len(msgspec.json.encode(signal)) + 1
        if batch and size + length > MAX_NOTIFY_BYTES - 100:
            payloads.append(msgspec.json.encode(_Envelope(origin, tuple(batch))).decode())
            batch, size = [], 0
        batch.append(signal)
        size += length
    if batch:
        payloads.append(msgspec.json.encode(_Envelope(origin, tuple(batch))).decode())
    return payloads

"""A fleet that paints one plain picture a frame, as a test says: at once, when it is let, or not at all."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncGenerator, Callable

import numpy as np
from PIL import Image

from artrator.engine.errors import AccountBusy, EngineBusy, Fault, ModelFault, ModelQuarantined
from artrator.engine.fleet import (
    Finished,
    FleetHealth,
    OutputFile,
    Priority,
    Progressed,
    RunEvent,
    RunRequest,
    Started,
    Timings,
)
from artrator.kernel.errors import ArtratorError, Invalid
from artrator.kernel.ids import Digest

SIDE_PX = 16


class WalkFleet:
    """Renders frames. limit: how many it renders before it holds the next ones back; None: all."""

    def __init__(self, limit: int | None = None) -> None:
        self.limit = limit
        self.side_px = SIDE_PX
        self.asked = asyncio.Event()
        self.requests: list[RunRequest] = []
        self.frames: list[RunRequest] = []
        """Those that were rendered."""
        self.stopped = 0
        """Runs that were given up before they gave a picture."""
        self.failures: list[ArtratorError] = []
        """Raised by the next runs, one each."""
        self.in_flight = 0
        self.most_in_flight = 0
        self.idle = asyncio.Event()
        self._may = asyncio.Condition()

    async def let(self, limit: int | None) -> None:
        """Render up to so many altogether from now on."""
        async with self._may:
            self.limit = limit
            self._may.notify_all()

    async def run(self, request: RunRequest) -> AsyncGenerator[RunEvent]:
        """Render a frame, or look at a picture."""
        if request.walk is None:
            yield Started()
            yield _seen(request)
            return
        self.requests.append(request)
        self.asked.set()
        self.in_flight += 1
        self.idle.clear()
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        is_painted = False
        try:
            if self.failures:
                raise self.failures.pop(0)
            yield Started()
            async with self._may:
                await self._may.wait_for(lambda: self.limit is None or len(self.frames) < self.limit)
                self.frames.append(request)
            yield Progressed(step=1, steps=1)
            is_painted = True
            yield _finished(request, self.side_px)
        except (asyncio.CancelledError, GeneratorExit):
            self.stopped += not is_painted
            raise
        finally:
            self.in_flight -= 1
            if not self.in_flight:
                self.idle.set()

    def refuse(
        self, digest: Digest, account: str, *, deadline_s: float, priority: Priority = Priority.INTERACTIVE
    ) -> None:
        pass

    async def health(self) -> FleetHealth:
        return FleetHealth()

    async def forget(self, digest: Digest) -> None:
        pass

    def on_quarantine(self, callback: Callable[[Digest, ArtratorError], None]) -> None:
        pass


def crash() -> ModelFault:
    """The model crashed."""
    return ModelFault(Fault.CRASHED, "The model crashed.")


def busy() -> EngineBusy:
    """The engine has no room."""
    return EngineBusy("Everything is taken.", retry_after_s=0.01)


def crowd() -> AccountBusy:
    """The account has enough in flight."""
    return AccountBusy("You have enough.", retry_after_s=0.01)


def quarantined() -> ModelQuarantined:
    """The model runs no more."""
    return ModelQuarantined("The model crashed too often.", digest="0" * 64)


def _finished(request: RunRequest, side_px: int) -> Finished:
    assert request.walk is not None
    buffer = io.BytesIO()
    Image.new("RGB", (side_px, side_px), (round(255 * request.walk.part), 0, 90)).save(buffer, "PNG")
    picture = OutputFile(media_type="image/png", data=buffer.getvalue(), width_px=side_px, height_px=side_px)
    return Finished(
        outputs={"image": picture}, timings=Timings(queue_s=0.0, predict_s=0.0, encode_s=0.0), engine={"numpy": "2"}
    )


def _seen(request: RunRequest) -> Finished:
    """Give a picture's mean colour, as the extractor gives its features."""
    (picture,) = request.inputs.values()
    assert isinstance(picture, bytes)
    try:
        with Image.open(io.BytesIO(picture)) as image:
            colour = np.asarray(image.convert("RGB"), np.float32).mean(axis=(0, 1)) / 255
    except (OSError, ValueError):
        raise Invalid("image_malformed", "This input is not an image.", field="inputs.image") from None
    buffer = io.BytesIO()
    np.save(buffer, colour)
    features = OutputFile(media_type="application/x-npy", data=buffer.getvalue())
    return Finished(
        outputs={"features": features}, timings=Timings(queue_s=0.0, predict_s=0.0, encode_s=0.0), engine={"numpy": "2"}
    )

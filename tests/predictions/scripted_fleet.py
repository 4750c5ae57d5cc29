"""A fleet that does what an input says, so that a test decides when a run starts, goes on, ends or breaks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable

from artrator.engine.errors import AccountBusy, EngineBusy, Fault, ModelFault
from artrator.engine.fleet import (
    Finished,
    FleetHealth,
    OutputFile,
    OutputJson,
    Priority,
    Progressed,
    RunEvent,
    RunRequest,
    Started,
    Timings,
)
from artrator.kernel.errors import ArtratorError, Invalid
from artrator.kernel.ids import Digest

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c4944415408d763f8cfc0000003010100c9fe92ef0000000049454e44ae426082"
)
"""One red pixel."""
STEPS = 4


class ScriptedFleet:
    """Runs the words of the input `do`: finish, wait, busy, crowd, crash, refuse, steps, label, bug."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.started = asyncio.Event()
        self.release = asyncio.Event()
        self.stopped = asyncio.Event()
        self.requests: list[RunRequest] = []
        self.busy_with: ArtratorError | None = None
        self.refusal: ArtratorError | None = None
        self.does_errands = False
        self.errands: list[ScriptedErrand] = []

    async def run(self, request: RunRequest) -> AsyncGenerator[RunEvent]:
        """Run a request by its script."""
        self.requests.append(request)
        self.asked.set()
        try:
            async for event in self._script(request, str(request.inputs["do"])):
                yield event
        except (asyncio.CancelledError, GeneratorExit):
            self.stopped.set()
            raise

    async def _script(self, request: RunRequest, do: str) -> AsyncGenerator[RunEvent]:
        if self.busy_with is not None:
            raise self.busy_with
        if do == "busy":
            raise EngineBusy("Everything is taken.", retry_after_s=3)
        if do == "crowd":
            raise AccountBusy("You have enough.", retry_after_s=4)
        yield Started()
        self.started.set()
        if do == "crash":
            raise ModelFault(Fault.CRASHED, "The model crashed.")
        if do == "refuse":
            raise Invalid("image_malformed", "This is no image.", field="inputs.picture")
        if do == "bug":
            raise ZeroDivisionError
        if do == "wait":
            await self.release.wait()
        if do == "steps":
            for step in range(1, STEPS + 1):
                yield Progressed(step=step, steps=STEPS, preview=b"\xff\xd8\xff")
                await self.release.wait()
        yield finished({"label": {"cat": 0.75}} if do == "label" else None)

    def errand(self, request: RunRequest) -> ScriptedErrand | None:
        return ScriptedErrand(self, request) if self.does_errands else None

    def refuse(
        self, digest: Digest, account: str, *, deadline_s: float, priority: Priority = Priority.INTERACTIVE
    ) -> None:
        if self.refusal is not None:
            raise self.refusal

    async def health(self) -> FleetHealth:
        return FleetHealth()

    async def forget(self, digest: Digest) -> None:
        pass

    def on_quarantine(self, callback: Callable[[Digest, ArtratorError], None]) -> None:
        pass


class ScriptedErrand:
    """A run by the same script, of which only the end is told."""

    def __init__(self, fleet: ScriptedFleet, request: RunRequest) -> None:
        self.request = request
        self._task = asyncio.create_task(self._go(fleet, request))
        fleet.errands.append(self)

    async def _go(self, fleet: ScriptedFleet, request: RunRequest) -> Finished:
        async for event in fleet.run(request):
            if isinstance(event, Finished):
                return event
        raise AssertionError("a run ended without its last event")

    async def wait(self, timeout_s: float | None) -> Finished:
        done, _ = await asyncio.wait({self._task}, timeout=timeout_s)
        if not done:
            raise TimeoutError
        return self._task.result()

    def drop(self) -> None:
        self._task.cancel()


def finished(value: dict[str, dict[str, float]] | None) -> Finished:
    """Give a picture, or a value."""
    picture = OutputFile(media_type="image/png", data=PNG, width_px=1, height_px=1)
    return Finished(
        outputs={"picture": picture} if value is None else {"label": OutputJson(value=dict(value["label"]))},
        timings=Timings(queue_s=0.001, predict_s=0.25, encode_s=0.002),
        engine={"onnxruntime": "1.31"},
    )

"""Look at a stranger's bundle in a disposable, sandboxed child with tight limits; a crash of the child is a verdict."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path

import msgspec

from artrator.bundle.facts import GraphFacts, LoraFacts
from artrator.engine.errors import Fault, ModelFault
from artrator.engine.examination.output_statistics import OutputStatistics
from artrator.engine.examination.profile import Profiles
from artrator.engine.examination.rehearsal import Rehearsal
from artrator.engine.fleet import InputValue, InstalledBundle
from artrator.engine.processes.blame import name_exit
from artrator.engine.processes.nursery import Nursery
from artrator.engine.processes.resident import peak_bytes
from artrator.engine.processes.spawn import Child, Recipe, spawn
from artrator.engine.processes.staging import staged, staged_together
from artrator.engine.settings import EngineSettings, cores
from artrator.engine.wire.frames import Frame, FrameError, Payload
from artrator.engine.wire.protocol import (
    FromExaminee,
    HasFacts,
    HasFailed,
    HasLora,
    HasOptimised,
    HasProfile,
    HasRehearsed,
    Optimise,
    Pair,
    Profile,
    ReadFacts,
    ReadLora,
    Ready,
    Rehearse,
    ToExaminee,
    from_examinee,
)
from artrator.engine.wire.translation import error_from_wire, inputs_to_wire, outputs_from_wire
from artrator.kernel.errors import Invalid, Unavailable

__all__ = ["Examiner", "OutputStatistics", "Rehearsal"]

AT_ONCE = 2
"""Children at the same time; the others wait, so that many uploads do not fill the memory."""
START_S, STARTS = 60.0, 2
FACTS_WALL_CLOCK_S = 60.0
OPTIMISE_WALL_CLOCK_S = 600.0
MIB = 1 << 20
MAX_SAMPLE_BYTES = 256 * MIB
_log = logging.getLogger(__name__)


class _Reply:
    """Hears one child out: that it is ready, then its one reply."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.ready: asyncio.Future[None] = loop.create_future()
        self.reply: asyncio.Future[tuple[FromExaminee, Frame]] = loop.create_future()

    def on_frame(self, frame: Frame) -> None:
        """Take a message. Raises: FrameError when it makes no sense."""
        try:
            message = from_examinee.decode(frame.message)
        except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
            raise FrameError(f"a message cannot be decoded: {error}") from None
        if isinstance(message, Ready) and not self.ready.done():
            self.ready.set_result(None)
        elif not isinstance(message, Ready) and not self.reply.done():
            self.reply.set_result((message, frame))
        else:
            raise FrameError("a child said more than it was asked")

    def on_violation(self, error: FrameError) -> None:
        """Take breaking the protocol for the reply that it is."""
        if not self.reply.done():
            self.reply.set_exception(ModelFault(Fault.CRASHED, f"The model took over its process: {error}."))

    def on_closed(self) -> None:
        """Nothing more comes; how the process ended says why."""


class Examiner:
    """Starts a child for each examination, lets it read the one folder in question, and ends it.

    nursery: what forks the children; without one each is a fresh process.
    """

    def __init__(self, settings: EngineSettings, nursery: Nursery | None = None) -> None:
        self._settings, self._nursery = settings, nursery
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def read_facts(self, folder: Path, relative_path: str) -> GraphFacts:
        """Read what a graph's file says. Raises: Invalid, TooLarge; ModelFault when the reading itself went wrong."""
        message, *_ = await self._ask(
            folder,
            ReadFacts(path=relative_path),
            Payload(),
            wall_clock_s=FACTS_WALL_CLOCK_S,
            memory_bytes=self._settings.memory_bytes,
        )
        if not isinstance(message, HasFacts):
            raise ModelFault(Fault.CRASHED, "The process that read the graph answered something else.")
        return message.facts

    async def read_lora(self, bundle: InstalledBundle) -> LoraFacts:
        """Read a LoRA and compare it with its base. Raises: Invalid, TooLarge; ModelFault when the reading went wrong."""
        async with _readable(bundle) as (folder, pair):
            if pair is None:
                raise Invalid("lora_malformed", "This is no LoRA.", field="lora")
            message, *_ = await self._ask(
                folder,
                ReadLora(manifest=bundle.manifest.model_dump_json(), pair=pair),
                Payload(),
                is_staged=True,
                wall_clock_s=FACTS_WALL_CLOCK_S,
                memory_bytes=self._settings.memory_bytes,
            )
        if not isinstance(message, HasLora):
            raise ModelFault(Fault.CRASHED, "The process that read the LoRA answered something else.")
        return message.facts

    async def rehearse(
        self,
        bundle: InstalledBundle,
        inputs: Sequence[Mapping[str, InputValue]],
        *,
        wall_clock_s: float,
        memory_bytes: int,
        runs: int,
    ) -> Rehearsal:
        """Load a bundle and run some inputs, `runs` times each; their seeds must be drawn.

        Raises: as a run does; ModelFault for a crash (naming the signal), a time-out, or too much memory.
        """
        payload = Payload()
        wire = tuple(inputs_to_wire(each, payload) for each in inputs)
        async with _readable(bundle) as (folder, pair):
            message, frame, peak = await self._ask(
                folder,
                Rehearse(manifest=bundle.manifest.model_dump_json(), pair=pair, inputs=wire, runs=runs),
                payload,
                is_staged=pair is not None,
                wall_clock_s=wall_clock_s,
                memory_bytes=memory_bytes,
            )
        if not isinstance(message, HasRehearsed):
            raise ModelFault(Fault.CRASHED, "The process that rehearsed the model answered something else.")
        try:
            return _rehearsal(message, frame, peak)
        except FrameError as error:
            raise ModelFault(Fault.CRASHED, f"The model took over its process: {error}.") from None

    async def profile(
        self,
        bundle: InstalledBundle,
        inputs: Mapping[str, InputValue],
        *,
        budget_s: float,
        wall_clock_s: float,
        memory_bytes: int,
    ) -> Profiles:
        """Measure the graphs of a bundle as one run calls them, in about `budget_s`.

        Raises: as `rehearse`.
        """
        payload = Payload()
        manifest = bundle.manifest.model_dump_json()
        wire = inputs_to_wire(inputs, payload)
        message, *_ = await self._ask(
            bundle.folder,
            Profile(manifest=manifest, input=wire, batchable=bundle.batchable, budget_s=budget_s),
            payload,
            wall_clock_s=wall_clock_s,
            memory_bytes=memory_bytes,
        )
        if not isinstance(message, HasProfile):
            raise ModelFault(Fault.CRASHED, "The process that measured the model answered something else.")
        return {role: each for role, each in message.graphs.items() if role in bundle.manifest.graphs}

    async def optimise(
        self, folder: Path, relative_path: str, outputs: tuple[int, int], *, file_bytes: int, fused: bool = False
    ) -> None:
        """Have a graph written to two descriptors as the runtime evaluates it on this machine; see `Optimise`.

        file_bytes: that each may get. Raises: ModelFault, Unavailable.
        """
        message, *_ = await self._ask(
            folder,
            Optimise(path=relative_path, fused=fused),
            Payload(),
            wall_clock_s=OPTIMISE_WALL_CLOCK_S,
            memory_bytes=self._settings.memory_bytes,
            outputs=outputs,
            file_bytes=file_bytes,
        )
        if not isinstance(message, HasOptimised):
            raise ModelFault(Fault.CRASHED, "The process that optimised the graph answered something else.")

    async def _ask(
        self,
        folder: Path,
        message: ToExaminee,
        payload: Payload,
        *,
        wall_clock_s: float,
        memory_bytes: int,
        outputs: tuple[int, ...] = (),
        file_bytes: int = 0,
        is_staged: bool = False,
    ) -> tuple[FromExaminee, Frame, int]:
        """Put a question to a child of its own; give its reply and how much its memory grew. Raises: ArtratorError."""
        folder = Path(os.path.abspath(folder))  # noqa: PTH100, ASYNC240 - a child has another current folder
        async with self._turns, nullcontext(folder) if is_staged else staged(folder) as readable:
            recipe = Recipe(
                name="examinee",
                module="artrator.engine.examination.examinee",
                folder=readable,
                memory_bytes=memory_bytes,
                cpu_s=int(wall_clock_s * cores()) + 10,
                settings=self._settings.model_dump_json(),
                max_payload_bytes=MAX_SAMPLE_BYTES,
                outputs=outputs,
                file_bytes=file_bytes,
            )
            child, reply = await self._start(recipe)
            try:
                empty_bytes = peak_bytes(child.process.pid)
                child.link.send(message, payload)
                answer, frame = await _hear(child, reply, wall_clock_s)
                grown_bytes = max(0, peak_bytes(child.process.pid) - empty_bytes)
            finally:
                await _end(child)
        if isinstance(answer, HasFailed):
            raise error_from_wire(answer)
        return answer, frame, grown_bytes

    async def _start(self, recipe: Recipe) -> tuple[Child, _Reply]:
        """Start a child and wait until it is ready.

        One that ends before it has been handed anything is nobody's verdict: the system took it, so another is tried.
        Raises: Unavailable.
        """
        for _ in range(STARTS):
            reply = _Reply()
            try:
                child = await spawn(recipe, reply, None, self._nursery)
            except OSError as error:
                raise Unavailable("examiner_not_started", f"No process could be started: {error}.") from error
            try:
                did = await _until_ready(child, reply)
            except BaseException:
                await _end(child)
                raise
            if not did:
                return child, reply
            await _end(child)
            _log.critical("a sandboxed process %s before it was ready; its last words: %s", did, await child.log)
        raise Unavailable("examiner_not_started", "A sandboxed process could not start; the log says why.")


@asynccontextmanager
async def _readable(bundle: InstalledBundle) -> AsyncGenerator[tuple[Path, Pair | None]]:
    """Give the folder that a child may read, and where in it a LoRA and its base lie."""
    if bundle.base is None:
        yield bundle.folder, None
        return
    async with staged_together(bundle.folder, bundle.base.folder) as (folder, own, base):
        yield folder, Pair(own_folder=own, base_folder=base, base_manifest=bundle.base.manifest.model_dump_json())


async def _until_ready(child: Child, reply: _Reply) -> str:
    """Wait until the child is ready; tell what it did instead, or nothing."""
    ended = asyncio.create_task(child.process.wait())
    try:
        await asyncio.wait({ended, reply.ready}, timeout=START_S, return_when=asyncio.FIRST_COMPLETED)
        if reply.ready.done():
            return ""
        code = child.process.returncode
        return f"was not ready after {START_S:g} seconds" if code is None else f"ended with {name_exit(code)}"
    finally:
        ended.cancel()


async def _end(child: Child) -> None:
    child.kill()
    await asyncio.shield(child.wait())


async def _hear(child: Child, reply: _Reply, wall_clock_s: float) -> tuple[FromExaminee, Frame]:
    """Wait for the reply, the end of the process, or the end of the time. Raises: ModelFault."""
    ended = asyncio.create_task(child.wait())
    try:
        await asyncio.wait({ended, reply.reply}, timeout=wall_clock_s, return_when=asyncio.FIRST_COMPLETED)
    finally:
        ended.cancel()
    if reply.reply.done():
        return reply.reply.result()
    if child.process.returncode is None:
        raise ModelFault(Fault.TIMED_OUT, f"The model was not done within {wall_clock_s:g} seconds.")
    raise _post_mortem(child.process.returncode)


def _post_mortem(exit_code: int) -> ModelFault:
    how = name_exit(exit_code)
    if exit_code == -signal.SIGXCPU:
        return ModelFault(Fault.TIMED_OUT, "The model used all the processor time that it may.", signal=how)
    if exit_code == -signal.SIGKILL:
        return ModelFault(
            Fault.OUT_OF_MEMORY, "The system killed the model's process, most likely for memory.", signal=how
        )
    return ModelFault(Fault.CRASHED, f"The model crashed its process ({how}).", signal=how)


def _rehearsal(message: HasRehearsed, frame: Frame, grown_bytes: int) -> Rehearsal:
    return Rehearsal(
        load_s=message.load_s,
        latencies_s=message.latencies_s,
        peak_memory_bytes=grown_bytes or message.peak_memory_bytes,
        output_statistics=tuple(
            OutputStatistics(
                name=each.name,
                dtype=each.dtype,
                shape=each.shape,
                minimum=each.minimum,
                maximum=each.maximum,
                mean=each.mean,
                deviation=each.deviation,
                non_finite=each.non_finite,
            )
            for each in message.statistics
        ),
        deterministic=message.deterministic,
        batchable=message.batchable,
        sample=outputs_from_wire(message.sample, frame),
    )

"""The sandboxed child that runs bundles: forked by the zygote, or `python -m artrator.engine.processes.worker ORDERS` by `spawn.py`.

Everything is imported first; then the process confines itself; only then does it hear of a stranger's model.
"""

from __future__ import annotations

import os
import queue
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NoReturn, assert_never

import msgspec

from artrator.bundle.manifest import Manifest
from artrator.engine.devices import Choice
from artrator.engine.execution.inference import Inference
from artrator.engine.fleet import ChosenLora, Finished, InstalledBundle, RunEvent
from artrator.engine.processes.warm_up import name_process, warm_up
from artrator.engine.sandbox import Confined, Confinement, confine
from artrator.engine.sandbox.limits import Limits
from artrator.engine.settings import EngineSettings
from artrator.engine.wire.board import Activity, Board
from artrator.engine.wire.frames import Frame, FrameReader, Part, Payload, frame_parts, write_frame
from artrator.engine.wire.protocol import (
    AnyMessage,
    Cancel,
    Forget,
    Introduce,
    Load,
    Orders,
    Ping,
    Pong,
    Protected,
    Ready,
    Run,
    encode_message,
    to_worker,
)
from artrator.engine.wire.translation import error_to_wire, event_to_wire, request_from_wire
from artrator.kernel.errors import ArtratorError, NotFound
from artrator.kernel.ids import Digest

MAX_POSTED_BYTES, MAX_POSTED_S = 64 * 1024, 0.001
"""What waits for what comes next: no more than this, and no longer."""


class Outlet:
    """The child's end of the socket for writing, shared by its threads."""

    def __init__(self, descriptor: int, now_s: Callable[[], float] = time.monotonic) -> None:
        self._descriptor, self._lock, self._now_s = descriptor, threading.Lock(), now_s
        self._parts: list[Part] = []
        self._bytes, self._since_s = 0, 0.0

    def send(self, message: AnyMessage, payload: Payload | None = None) -> None:
        """Send a message; a process whose parent is gone has nothing left to do."""
        parts = frame_parts(encode_message(message), payload or Payload())
        with self._lock:
            self._parts += parts
            self._write()

    def post(self, message: AnyMessage, payload: Payload) -> None:
        """Send a message with the next ones, if they come at once; whoever posts flushes before it does anything else."""
        parts = frame_parts(encode_message(message), payload)
        with self._lock:
            if not self._parts:
                self._since_s = self._now_s()
            self._parts += parts
            self._bytes += payload.size_bytes
            if self._bytes > MAX_POSTED_BYTES or self._now_s() - self._since_s > MAX_POSTED_S:
                self._write()

    def flush(self) -> None:
        """Send what was posted."""
        if self._parts:
            with self._lock:
                self._write()

    def _write(self) -> None:
        parts, self._parts, self._bytes = self._parts, [], 0
        try:
            write_frame(self._descriptor, parts)
        except OSError:
            os._exit(0)


class Worker:
    """Answers the parent's messages with the one `Inference` of this process."""

    def __init__(self, inference: Inference, root: Path, outlet: Outlet) -> None:
        self._inference, self._root, self._outlet = inference, root, outlet
        self._bundles: dict[Digest, InstalledBundle] = {}
        self._preloads: queue.SimpleQueue[InstalledBundle] = queue.SimpleQueue()
        threading.Thread(target=self._preload, name="preload", daemon=True).start()

    def answer(self, frame: Frame) -> None:
        """Do what a message asks."""
        message = to_worker.decode(frame.message)
        match message:
            case Run():
                self._run(message, frame)
            case Cancel(id=run_id):
                self._inference.cancel(run_id)
            case Introduce():
                self._introduce(message)
            case Load(digest=digest):
                if bundle := self._bundles.get(Digest(digest)):
                    self._preloads.put(bundle)
            case Forget(digest=digest):
                self._bundles.pop(Digest(digest), None)
                self._inference.unload(Digest(digest))
            case Ping(nonce=nonce):
                self._outlet.send(Pong(nonce=nonce))
            case _:
                assert_never(message)

    def _introduce(self, message: Introduce) -> None:
        digest = Digest(message.digest)
        try:
            manifest = Manifest.model_validate_json(message.manifest)
        except ValueError as error:
            # its runs then fail with `bundle_unknown`; nobody else's do
            sys.stderr.write(f"the manifest of {digest[:12]} was not understood: {error}\n")
            return
        self._bundles[digest] = InstalledBundle(
            digest=digest,
            folder=self._root / message.folder,
            manifest=manifest,
            batchable=message.batchable,
            plans=message.plans,
            optimised=None if message.optimised is None else self._root / message.optimised,
            base=None if message.base is None else self._bundles.get(Digest(message.base)),
        )

    def _run(self, message: Run, frame: Frame) -> None:
        try:
            bundle = self._bundle(message.digest)
            loras = tuple(ChosenLora(bundle=self._bundle(digest), weight=weight) for digest, weight in message.loras)
        except NotFound as unknown:
            self._outlet.send(error_to_wire(message.id, unknown))
            return
        request = request_from_wire(message, frame, bundle, loras)
        self._inference.submit(request, partial(self._tell_end if message.quiet else self._tell, message.id))

    def _bundle(self, digest: str) -> InstalledBundle:
        """Find an introduced bundle, with what is known by now of its base. Raises: NotFound."""
        bundle = self._bundles.get(Digest(digest))
        if bundle is None:
            raise NotFound("bundle_unknown", "The worker was not told of this version.", digest=digest)
        if bundle.base is not None:
            return replace(bundle, base=self._bundles.get(bundle.base.digest, bundle.base))
        return bundle

    def _tell_end(self, run_id: str, event: RunEvent | ArtratorError) -> None:
        """Tell the parent how a run ended, and nothing else."""
        if isinstance(event, Finished):
            payload = Payload()
            self._outlet.post(event_to_wire(run_id, event, payload), payload)
        elif isinstance(event, ArtratorError):
            self._tell(run_id, event)

    def _tell(self, run_id: str, event: RunEvent | ArtratorError) -> None:
        """Tell the parent what happened to a run; called from any thread."""
        payload = Payload()
        self._outlet.send(event_to_wire(run_id, event, payload), payload)

    def _preload(self) -> None:
        """Load one bundle after the other beside everything else; a run of one that fails says why."""
        while True:
            with suppress(ArtratorError):
                self._inference.load(self._preloads.get())


def ready_message(confined: Confined, choice: Choice | None = None) -> Ready:
    """Say which protections took effect, and which device is used."""
    protections = tuple(
        Protected(guarantee=each.guarantee.value, by=each.by, lacks=each.lacks) for each in confined.protections
    )
    if choice is None:
        return Ready(protections=protections)
    return Ready(protections=protections, device=choice.name, device_lacks=choice.lacks)


def confine_by(orders: Orders) -> Confined:
    """Confine this process as its parent ordered."""
    return confine(
        Confinement(
            folder=Path(orders.folder),
            limits=Limits(memory_bytes=orders.memory_bytes, cpu_s=orders.cpu_s, file_bytes=orders.file_bytes),
            parent_pid=orders.parent_pid,
            outputs=orders.outputs,
            device_files=tuple(map(Path, orders.device_files)),
        )
    )


def serve(orders: Orders) -> NoReturn:
    """Confine this process, which has warmed up, and answer until the parent closes the socket."""
    settings = EngineSettings.model_validate_json(orders.settings)
    board = Board(orders.board)
    name_process("worker")
    confined = confine_by(orders)
    outlet = Outlet(orders.socket)

    def note(slot: int, digest: Digest | None) -> None:
        if digest is None:
            board.clear(slot)
        else:
            board.note(slot, Activity.RUNS if slot < settings.slots else Activity.LOADS, digest)

    inference = Inference(settings, on_running=note, before_pause=outlet.flush)
    worker = Worker(inference, confined.root, outlet)
    outlet.send(ready_message(confined, inference.device))
    frames = FrameReader(orders.socket, sys.maxsize)
    while (frame := frames.read()) is not None:
        worker.answer(frame)
    # a call that still runs is wanted by nobody; leaving now is all there is to do
    os._exit(0)


if __name__ == "__main__":
    warm_up()
    serve(msgspec.json.decode(sys.argv[1], type=Orders))

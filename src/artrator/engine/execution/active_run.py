"""One run on its way through the engine: its pipeline, its lease, its events, its times."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TypeAlias

from artrator.engine.codecs.image import ImageFormat, encode_image
from artrator.engine.codecs.limits import CodecLimits
from artrator.engine.errors import Fault, ModelFault
from artrator.engine.execution.batch import batch_key
from artrator.engine.execution.call import Call, Output, Progress, Reply, Steps
from artrator.engine.execution.outputs import encode_outputs
from artrator.engine.execution.session import engine_versions
from artrator.engine.fleet import Finished, Progressed, RunEvent, RunRequest, Started, Timings
from artrator.engine.models.cache import Lease
from artrator.engine.models.loaded_bundles import LoadedBundle
from artrator.engine.models.selection import selection_of
from artrator.engine.pipelines.job import Job
from artrator.engine.pipelines.registry import PIPELINES
from artrator.kernel.errors import ArtratorError, Unavailable

log = logging.getLogger(__name__)

OnEvent: TypeAlias = Callable[[RunEvent | ArtratorError], None]
KeyedCalls: TypeAlias = tuple[tuple[Call, Hashable | None], ...]


@dataclass(frozen=True, slots=True)
class Yielded:
    """The calls that a pipeline waits for; `single` where it yielded one by itself."""

    calls: KeyedCalls
    single: bool


class ActiveRun:
    """Owned by one thread at a time; only `emit` and `end` may be called from others, and `charge` while a call runs."""

    def __init__(self, key: str, request: RunRequest, on_event: OnEvent, *, now_s: Callable[[], float]) -> None:
        self.key, self.request = key, request
        self.lease: Lease[LoadedBundle] | None = None
        self.selection = selection_of(request)
        self._on_event = on_event
        self._now_s = now_s
        self._steps: Steps | None = None
        self._submitted_s = now_s()
        self._started_s = self._submitted_s
        self._busy_s = 0.0
        self._speaking = threading.RLock()
        self._over = False

    def open(self, limits: CodecLimits) -> None:
        """Begin the pipeline on the bundle that the run leases."""
        assert self.lease is not None, "a run is opened on a loaded bundle"
        manifest = self.request.bundle.manifest
        self._started_s = self._now_s()
        job = Job(
            manifest=manifest,
            inputs=self.request.inputs,
            graphs=self.lease.value.signatures,
            limits=limits,
            tokenizer=self.lease.value.tokenizer,
            walk=self.request.walk,
        )
        self._steps = PIPELINES[manifest.pipeline](job)
        self.emit(Started())

    def advance(self, reply: Reply) -> Yielded | Finished:
        """Take the pipeline to its next calls, or to its end and encode what it made.

        Raises: whatever the pipeline raises; ArtratorError where it is the run's or the model's fault.
        """
        assert self._steps is not None, "a run is opened before it is advanced"
        began_s = self._now_s()
        try:
            step = self._steps.send(reply)
            while isinstance(step, Progress):
                self._report(step)
                step = self._steps.send(None)
        except StopIteration as stop:
            return self._finish(stop.value, began_s)
        self.charge(self._now_s() - began_s)
        single = isinstance(step, Call)
        return Yielded(tuple((call, self._batch_key(call)) for call in ((step,) if single else step)), single)

    def charge(self, seconds: float) -> None:
        """Add to what the run has kept threads busy."""
        self._busy_s += seconds

    def close(self) -> None:
        """Stop the pipeline where it stands."""
        if self._steps is not None:
            self._steps.close()

    def emit(self, event: RunEvent) -> None:
        """Tell what happened, unless the run is over."""
        with self._speaking:
            if not self._over:
                self._tell(event)

    def end(self, event: Finished | ArtratorError | None) -> None:
        """Tell the last event, once; None ends the run in silence."""
        with self._speaking:
            if not self._over:
                self._over = True
                if event is not None:
                    self._tell(event)

    def _tell(self, event: RunEvent | ArtratorError) -> None:
        try:
            self._on_event(event)
        except Exception:  # a listener's fault must not end the thread that serves everybody
            log.exception("a listener failed on an event of run %s", self.request.id)

    def _report(self, progress: Progress) -> None:
        preview = None if progress.preview is None else encode_image(progress.preview, ImageFormat.JPEG).data
        self.emit(Progressed(step=progress.step, steps=progress.steps, preview=preview))

    def _batch_key(self, call: Call) -> Hashable | None:
        if not self.request.bundle.batchable or self.lease is None:
            return None
        return batch_key(self.selection.key, call, self.lease.value.sessions[call.graph].signature)

    def _finish(self, output: Output, began_s: float) -> Finished:
        encoding_s = self._now_s()
        outputs = encode_outputs(output, output_format=self.request.output_format)
        now_s = self._now_s()
        timings = Timings(
            queue_s=self._started_s - self._submitted_s,
            predict_s=encoding_s - self._started_s,
            encode_s=now_s - encoding_s,
            busy_s=self._busy_s + now_s - began_s,
        )
        provider = "" if self.lease is None else self.lease.value.provider
        return Finished(outputs=outputs, timings=timings, engine=engine_versions(provider))


def as_artrator_error(error: Exception) -> ArtratorError:
    """Give an error that a run may end with; what is none of ours is a bug and is logged here, once."""
    if isinstance(error, ArtratorError):
        return error
    if isinstance(error, MemoryError):
        return ModelFault(Fault.OUT_OF_MEMORY, "The run asked for more memory than it may use.")
    log.error("a run failed inside the engine", exc_info=error)
    return Unavailable("engine_failed", "The engine failed on this run; the operator finds the reason in the log.")

"""Run a bundle the way a worker would, but watch every tensor: what it costs, what it gives, whether it can be batched."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import assert_never

import numpy as np

from artrator.engine.codecs.limits import CodecLimits
from artrator.engine.codecs.text import Tokenizer
from artrator.engine.errors import ModelFault
from artrator.engine.examination.output_statistics import StatisticsOverCalls
from artrator.engine.examination.rehearsal import Rehearsal
from artrator.engine.execution.batch import Unsplittable, batch_key, join, split
from artrator.engine.execution.call import Array, Call, Output, Progress, Tensors
from artrator.engine.execution.outputs import encode_outputs
from artrator.engine.execution.session import Session, StopSwitch
from artrator.engine.fleet import InputValue, InstalledBundle, OutputValue
from artrator.engine.models.opening import open_selection
from artrator.engine.models.selection import usual_selection
from artrator.engine.pipelines.job import Job
from artrator.engine.pipelines.registry import PIPELINES

RELATIVE_TOLERANCE, SHARE_OF_RANGE = 1e-3, 1e-4
"""How much a row may differ among others from what it is alone: sums are added in another order."""
SAMPLE_FORMAT = "npy"
"""Pictures as PNG, tensors bit for bit: a value that is not finite is for the statistics to find."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A call and what the graph gave."""

    call: Call
    results: Tensors


@dataclass(slots=True)
class Rehearser:
    """Runs a bundle's pipeline with each call alone, and keeps the first call of each graph."""

    bundle: InstalledBundle
    limits: CodecLimits
    sessions: Mapping[str, Session]
    tokenizer: Tokenizer | None
    statistics: StatisticsOverCalls = field(default_factory=StatisticsOverCalls)
    first_calls: dict[str, Answered] = field(default_factory=dict[str, Answered])

    def run(self, inputs: Mapping[str, InputValue]) -> tuple[Output, list[Tensors]]:
        """Run the pipeline to its end, each call alone; give its output and every call's results."""
        signatures = {role: session.signature for role, session in self.sessions.items()}
        manifest = self.bundle.manifest
        job = Job(manifest=manifest, inputs=inputs, graphs=signatures, limits=self.limits, tokenizer=self.tokenizer)
        steps = PIPELINES[manifest.pipeline](job)
        results: list[Tensors] = []
        reply: Tensors | tuple[Tensors, ...] | None = None
        while True:
            try:
                step = steps.send(reply)
            except StopIteration as stop:
                output: Output = stop.value
                return output, results
            match step:
                case Progress():
                    reply = None
                case Call():
                    reply = self._evaluate(step, results)
                case tuple():
                    reply = tuple(self._evaluate(each, results) for each in step)
                case _:
                    assert_never(step)

    def _evaluate(self, call: Call, results: list[Tensors]) -> Tensors:
        answer = self.sessions[call.graph].run(call.tensors, StopSwitch())
        self.statistics.add(call.graph, answer)
        self.first_calls.setdefault(call.graph, Answered(call, answer))
        results.append(answer)
        return answer

    def is_batchable(self) -> bool:
        """Try each graph that was called with a row among others, and compare with the row alone."""
        return all(self._is_batchable(answered) for answered in self.first_calls.values())

    def _is_batchable(self, answered: Answered) -> bool:
        session, call = self.sessions[answered.call.graph], answered.call
        if batch_key(self.bundle.digest, call, session.signature) is None:
            return False
        other = Call(call.graph, {name: _varied(tensor) for name, tensor in call.tensors.items()})
        try:
            other_alone = session.run(other.tensors, StopSwitch())
            for calls, alone in (
                ((call, other), (answered.results, other_alone)),
                ((other, call, call), (other_alone, answered.results, answered.results)),
            ):
                together = split(session.run(join(calls), StopSwitch()), calls)
                if not all(_agree(a, b) for a, b in zip(together, alone, strict=True)):
                    return False
        except (ModelFault, Unsplittable):
            return False
        return True


def rehearse(
    bundle: InstalledBundle,
    inputs: Sequence[Mapping[str, InputValue]],
    *,
    runs: int,
    threads: int,
    limits: CodecLimits,
) -> Rehearsal:
    """Load a bundle and run each of some inputs several times. Raises: ArtratorError, as a run would."""
    before_bytes, began_s = peak_memory_bytes(), time.perf_counter()
    loaded = open_selection(usual_selection(bundle), threads=lambda _role: threads, stop=StopSwitch())
    load_s = time.perf_counter() - began_s
    rehearser = Rehearser(bundle, limits, loaded.sessions, loaded.tokenizer)
    latencies_s: list[float] = []
    sample: Mapping[str, OutputValue] = {}
    deterministic = True
    for each in inputs:
        first: list[Tensors] | None = None
        for _ in range(runs):
            run_s = time.perf_counter()
            output, results = rehearser.run(each)
            encoded = encode_outputs(output, output_format=SAMPLE_FORMAT)
            latencies_s.append(time.perf_counter() - run_s)
            sample = sample or encoded
            first = first or results
            deterministic = deterministic and _same_bits(first, results)
    batchable = deterministic and rehearser.is_batchable()
    return Rehearsal(
        load_s=load_s,
        latencies_s=tuple(latencies_s),
        peak_memory_bytes=max(0, peak_memory_bytes() - before_bytes),
        output_statistics=rehearser.statistics.all(),
        deterministic=deterministic,
        batchable=batchable,
        sample=sample,
    )


def peak_memory_bytes() -> int:
    """Tell the most that this process has held resident."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _varied(tensor: Array) -> Array:
    """Make another tensor of the same kind: reversed, and scaled where that keeps it plausible."""
    mirrored: Array = tensor.reshape(-1)[::-1].reshape(tensor.shape)
    return (mirrored.astype(np.float64) * 0.7).astype(tensor.dtype) if tensor.dtype.kind == "f" else mirrored


def _agree(together: Tensors, alone: Tensors) -> bool:
    for name, value in alone.items():
        other = together[name]
        if other.shape != value.shape:
            return False
        if value.dtype.kind != "f":
            if not np.array_equal(other, value):
                return False
            continue
        a, b = other.astype(np.float64), value.astype(np.float64)
        range_of_values = float(np.ptp(b)) if b.size else 0.0
        if not np.allclose(a, b, rtol=RELATIVE_TOLERANCE, atol=SHARE_OF_RANGE * range_of_values, equal_nan=True):
            return False
    return True


def _same_bits(first: Sequence[Tensors], second: Sequence[Tensors]) -> bool:
    return len(first) == len(second) and all(
        a.keys() == b.keys() and all(a[name].tobytes() == b[name].tobytes() for name in a)
        for a, b in zip(first, second, strict=True)
    )

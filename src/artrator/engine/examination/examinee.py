"""The disposable child that looks at one stranger's bundle: forked by the zygote or started by `spawn.py`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import NoReturn, assert_never

import msgspec

from artrator.bundle.facts import LoraFacts
from artrator.bundle.manifest import Manifest
from artrator.bundle.onnx_attention import with_fused_attention
from artrator.bundle.onnx_reader import read_graph_facts
from artrator.engine.codecs.limits import CodecLimits
from artrator.engine.errors import Fault, ModelFault
from artrator.engine.examination.measure import measure_bundle
from artrator.engine.examination.profile import GraphProfile
from artrator.engine.examination.rehearsal import Rehearsal
from artrator.engine.examination.rehearse import rehearse
from artrator.engine.execution.session import save_optimised
from artrator.engine.fleet import InstalledBundle
from artrator.engine.models.factors import adaptable_weights, open_bundle_lora
from artrator.engine.models.optimised_files import WEIGHTS_DESCRIPTOR
from artrator.engine.processes.resident import restart_peak
from artrator.engine.processes.warm_up import name_process, warm_up
from artrator.engine.processes.worker import Outlet, confine_by, ready_message
from artrator.engine.settings import EngineSettings
from artrator.engine.wire.frames import Frame, Payload, read_frame
from artrator.engine.wire.protocol import (
    HasFacts,
    HasFailed,
    HasLora,
    HasOptimised,
    HasProfile,
    HasRehearsed,
    Optimise,
    Orders,
    Pair,
    Profile,
    ReadFacts,
    ReadLora,
    Rehearse,
    Statistics,
    to_examinee,
)
from artrator.engine.wire.translation import error_to_wire, inputs_from_wire, outputs_to_wire
from artrator.kernel.errors import ArtratorError
from artrator.kernel.ids import Digest

NOBODY_DIGEST = Digest("0" * 64)
"""What is examined has a digest that nobody here needs."""
TRACE_CHARACTERS = 200
NICENESS = 15


def examine(
    frame: Frame, root: Path, orders: Orders, settings: EngineSettings, payload: Payload
) -> HasFacts | HasLora | HasRehearsed | HasProfile | HasOptimised:
    """Do the one thing that is asked. Raises: ArtratorError, and whatever a parser throws at a stranger's bytes."""
    message = to_examinee.decode(frame.message)
    match message:
        case ReadFacts(path=path):
            return HasFacts(facts=read_graph_facts(root / path, folder=root))
        case ReadLora(manifest=manifest, pair=pair):
            return HasLora(facts=_read_lora(_bundle(manifest, root, batchable=False, pair=pair)))
        case Rehearse():
            return rehearsal_to_wire(_rehearse(message, frame, root, settings), payload)
        case Profile():
            return HasProfile(graphs=_profile(message, frame, root, settings))
        case Optimise(path=path, fused=fused):
            rewritten = with_fused_attention(root / path) if fused else None
            save_optimised(root, path, graph=orders.outputs[0], weights=WEIGHTS_DESCRIPTOR, rewritten=rewritten)
            return HasOptimised()
        case _:
            assert_never(message)


def _rehearse(message: Rehearse, frame: Frame, root: Path, settings: EngineSettings) -> Rehearsal:
    return rehearse(
        _bundle(message.manifest, root, batchable=False, pair=message.pair),
        [inputs_from_wire(each, frame) for each in message.inputs],
        runs=message.runs,
        threads=settings.threads_per_call,
        limits=_limits(settings),
    )


def _profile(message: Profile, frame: Frame, root: Path, settings: EngineSettings) -> dict[str, GraphProfile]:
    return measure_bundle(
        _bundle(message.manifest, root, batchable=message.batchable),
        inputs_from_wire(message.input, frame),
        budget_s=message.budget_s,
        cores=settings.slots,
        limits=_limits(settings),
    )


def _bundle(manifest: str, root: Path, *, batchable: bool, pair: Pair | None = None) -> InstalledBundle:
    base = None
    if pair is not None:
        base, root = _bundle(pair.base_manifest, root / pair.base_folder, batchable=False), root / pair.own_folder
    return InstalledBundle(
        digest=NOBODY_DIGEST,
        folder=root,
        manifest=Manifest.model_validate_json(manifest),
        batchable=batchable,
        base=base,
    )


def _read_lora(bundle: InstalledBundle) -> LoraFacts:
    """Compare a LoRA with its base and read every value once. Raises: Invalid, TooLarge."""
    lora = open_bundle_lora(bundle, adaptable_weights(bundle.foundation))
    for module in lora.modules:
        lora.factors(module)
    return lora.facts


def _limits(settings: EngineSettings) -> CodecLimits:
    return CodecLimits(
        max_image_bytes=settings.max_image_bytes,
        max_image_px=settings.max_image_px,
        max_tensor_bytes=settings.max_tensor_bytes,
    )


def rehearsal_to_wire(rehearsal: Rehearsal, payload: Payload) -> HasRehearsed:
    """Say what came of a rehearsal."""
    return HasRehearsed(
        load_s=rehearsal.load_s,
        latencies_s=rehearsal.latencies_s,
        peak_memory_bytes=rehearsal.peak_memory_bytes,
        statistics=tuple(
            Statistics(
                name=each.name[:200],
                dtype=each.dtype,
                shape=each.shape,
                minimum=each.minimum,
                maximum=each.maximum,
                mean=each.mean,
                deviation=each.deviation,
                non_finite=each.non_finite,
            )
            for each in rehearsal.output_statistics
        ),
        deterministic=rehearsal.deterministic,
        batchable=rehearsal.batchable,
        sample=outputs_to_wire(rehearsal.sample, payload),
    )


def failure(error: Exception) -> HasFailed:
    """Say what went wrong; what is none of our errors was thrown by a parser or a pipeline on a stranger's bytes."""
    if isinstance(error, MemoryError):
        error = ModelFault(Fault.OUT_OF_MEMORY, "Looking at the model took more memory than it may use.")
    if not isinstance(error, ArtratorError):
        said = f"{type(error).__name__}: {' '.join(str(error).split())[:TRACE_CHARACTERS]}"
        error = ModelFault(Fault.FAILED, f"The model cannot be looked at: {said}")
    return error_to_wire("", error)


def serve(orders: Orders) -> NoReturn:
    """Confine this process, which has warmed up, answer one message, and end."""
    settings = EngineSettings.model_validate_json(orders.settings)
    name_process("examinee")
    if orders.outputs:
        os.dup2(orders.outputs[1], WEIGHTS_DESCRIPTOR)
        # nobody waits for it
        os.nice(NICENESS)
    restart_peak()
    confined = confine_by(orders)
    outlet = Outlet(orders.socket)
    outlet.send(ready_message(confined))
    frame = read_frame(orders.socket, sys.maxsize)
    if frame is not None:
        payload = Payload()
        try:
            reply = examine(frame, confined.root, orders, settings, payload)
        except Exception as error:
            reply, payload = failure(error), Payload()
        outlet.send(reply, payload)
        # the parent measures this process before it ends it
        read_frame(orders.socket, sys.maxsize)
    os._exit(0)


if __name__ == "__main__":
    warm_up()
    serve(msgspec.json.decode(sys.argv[1], type=Orders))

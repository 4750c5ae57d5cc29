"""Between the engine's types and the messages of the protocol; what comes from a child is checked on the way in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import assert_never

import msgspec

from artrator.engine.errors import EngineBusy, Fault, ModelFault
from artrator.engine.execution.call import Json
from artrator.engine.fleet import (
    ChosenLora,
    Finished,
    InputValue,
    InstalledBundle,
    OutputFile,
    OutputJson,
    OutputValue,
    Priority,
    Progressed,
    RunEvent,
    RunRequest,
    Started,
    Timings,
    WalkFrame,
    WalkStart,
)
from artrator.engine.wire.frames import Blob, Frame, FrameError, Payload
from artrator.engine.wire.protocol import (
    HasFailed,
    HasFinished,
    HasProgressed,
    HasStarted,
    Run,
    Start,
    Walk,
    WireFile,
    WireFiles,
    WireInput,
    WireJson,
    WireOutput,
)
from artrator.kernel.errors import KINDS, ArtratorError, Conflict, Fact, Invalid, NotFound, TooLarge, Unavailable

MAX_JSON_DEPTH = 32
_MEDIA_TYPE = re.compile(r"(?:image/(?!svg)|audio/|video/)[a-z0-9][a-z0-9.+-]{0,60}|application/(?:x-npy|octet-stream)")
"""What an output may be; never anything that a browser would run."""
_CHILD_MAY_RAISE = (Invalid, TooLarge, NotFound, Conflict, Unavailable)


def inputs_to_wire(inputs: Mapping[str, InputValue], payload: Payload) -> dict[str, WireInput]:
    """Move the bytes of inputs to the payload. Raises: Invalid for a number that no wire carries."""
    wire: dict[str, WireInput] = {}
    for name, value in inputs.items():
        if isinstance(value, bytes):
            wire[name] = payload.add(value)
        elif isinstance(value, int) and not -(1 << 63) <= value < 1 << 63:
            raise Invalid("input_out_of_range", f"{name} has more than 64 bits.", field=f"inputs.{name}")
        else:
            wire[name] = value
    return wire


def inputs_from_wire(inputs: Mapping[str, WireInput], frame: Frame) -> dict[str, InputValue]:
    """Put the bytes of inputs back into their places."""
    return {name: frame.read(value) if isinstance(value, Blob) else value for name, value in inputs.items()}


def request_to_wire(request: RunRequest, deadline_s: float, payload: Payload, *, quiet: bool = False) -> Run:
    """Say a request to a child that knows its bundle; deadline_s is what is left of the time. quiet: see `Run`."""
    return Run(
        id=request.id,
        digest=request.bundle.digest,
        inputs=inputs_to_wire(request.inputs, payload),
        account=request.account,
        deadline_s=deadline_s,
        output_format=request.output_format,
        priority=request.priority,
        weight=request.weight,
        loras=tuple((each.bundle.digest, each.weight) for each in request.loras),
        walk=None if request.walk is None else _walk_to_wire(request.walk, payload),
        quiet=quiet,
    )


def request_from_wire(
    run: Run, frame: Frame, bundle: InstalledBundle, loras: tuple[ChosenLora, ...] = ()
) -> RunRequest:
    """Understand a request in the child."""
    return RunRequest(
        id=run.id,
        bundle=bundle,
        inputs=inputs_from_wire(run.inputs, frame),
        account=run.account,
        deadline_s=run.deadline_s,
        output_format=run.output_format,
        priority=Priority(run.priority),
        weight=run.weight,
        loras=loras,
        walk=None if run.walk is None else _walk_from_wire(run.walk, frame),
    )


def _walk_to_wire(walk: WalkFrame, payload: Payload) -> Walk:
    start = walk.start
    return Walk(
        end=inputs_to_wire(walk.end, payload),
        part=walk.part,
        start=start
        and Start(
            index=start.index,
            before=payload.add(start.before),
            after=payload.add(start.after),
            weight=start.weight,
        ),
        keep=walk.keep,
    )


def _walk_from_wire(walk: Walk, frame: Frame) -> WalkFrame:
    start = walk.start
    return WalkFrame(
        end=inputs_from_wire(walk.end, frame),
        part=walk.part,
        start=start
        and WalkStart(
            index=start.index,
            before=frame.read(start.before),
            after=frame.read(start.after),
            weight=start.weight,
        ),
        keep=walk.keep,
    )


Reply = HasStarted | HasProgressed | HasFinished | HasFailed


def event_to_wire(run_id: str, event: RunEvent | ArtratorError, payload: Payload) -> Reply:
    """Say in the child what happened to a run."""
    match event:
        case Started():
            return HasStarted(id=run_id)
        case Progressed(step=step, steps=steps, preview=preview):
            blob = None if preview is None else payload.add(preview)
            return HasProgressed(id=run_id, step=step, steps=steps, preview=blob)
        case Finished(outputs=outputs, timings=timings, engine=engine):
            return HasFinished(
                id=run_id,
                outputs=outputs_to_wire(outputs, payload),
                queue_s=timings.queue_s,
                predict_s=timings.predict_s,
                encode_s=timings.encode_s,
                busy_s=timings.busy_s,
                engine=dict(engine),
            )
        case ArtratorError():
            return error_to_wire(run_id, event)
        case _:
            assert_never(event)


def event_from_wire(reply: Reply, frame: Frame) -> RunEvent | ArtratorError:
    """Understand in the parent what a child says of a run. Raises: FrameError."""
    match reply:
        case HasStarted():
            return Started()
        case HasProgressed(step=step, steps=steps, preview=preview):
            return Progressed(step=step, steps=steps, preview=None if preview is None else frame.read(preview))
        case HasFinished():
            timings = Timings(
                queue_s=reply.queue_s, predict_s=reply.predict_s, encode_s=reply.encode_s, busy_s=reply.busy_s
            )
            return Finished(outputs=outputs_from_wire(reply.outputs, frame), timings=timings, engine=reply.engine)
        case HasFailed():
            return error_from_wire(reply)
        case _:
            assert_never(reply)


def outputs_to_wire(outputs: Mapping[str, OutputValue], payload: Payload) -> dict[str, WireOutput]:
    """Move the bytes of outputs to the payload."""
    return {name: _output_to_wire(value, payload) for name, value in outputs.items()}


def outputs_from_wire(outputs: Mapping[str, WireOutput], frame: Frame) -> dict[str, OutputValue]:
    """Understand outputs in the parent. Raises: FrameError for a type or a value that no pipeline makes."""
    return {name: _output_from_wire(value, frame) for name, value in outputs.items()}


def error_to_wire(run_id: str, error: ArtratorError) -> HasFailed:
    """Say an error; it must have been made for people, as all of ours are."""
    return HasFailed(
        id=run_id,
        kind=error.kind,
        code=error.code,
        message=error.message[:4000],
        field=None if error.field is None else error.field[:200],
        facts={name[:200]: value for name, value in error.facts.items()},
    )


def error_from_wire(reply: HasFailed) -> ArtratorError:
    """Make the error that a child raised, of the classes that a run may raise and no other."""
    if reply.code in set(Fault):
        return ModelFault(reply.code, reply.message, field=reply.field, **reply.facts)
    if reply.code == "engine_busy":
        return EngineBusy(reply.message, retry_after_s=_retry_after_s(reply.facts))
    kind = KINDS.get(reply.kind)
    if kind is None or not issubclass(kind, _CHILD_MAY_RAISE):
        return ModelFault(Fault.FAILED, reply.message)
    return kind(reply.code, reply.message, field=reply.field, **reply.facts)


def _retry_after_s(facts: Mapping[str, Fact]) -> float:
    """Read when a child says that it is worth trying again, within reason."""
    said = facts.get("retry_after_s")
    return min(60.0, max(1.0, float(said))) if isinstance(said, int | float) else EngineBusy.default_retry_after_s


def _output_to_wire(value: OutputValue, payload: Payload) -> WireOutput:
    match value:
        case OutputFile():
            return _file_to_wire(value, payload)
        case OutputJson(value=json):
            return WireJson(text=payload.add(msgspec.json.encode(json)))
        case tuple():
            return WireFiles(files=tuple(_file_to_wire(each, payload) for each in value))
        case _:
            assert_never(value)


def _output_from_wire(value: WireOutput, frame: Frame) -> OutputValue:
    match value:
        case WireFile():
            return _file_from_wire(value, frame)
        case WireJson(text=text):
            return OutputJson(value=_json_from_wire(frame.read(text)))
        case WireFiles(files=files):
            return tuple(_file_from_wire(each, frame) for each in files)
        case _:
            assert_never(value)


def _file_to_wire(file: OutputFile, payload: Payload) -> WireFile:
    return WireFile(
        media_type=file.media_type,
        raw=payload.add(file.data),
        width_px=file.width_px,
        height_px=file.height_px,
        frames=file.frames,
    )


def _file_from_wire(file: WireFile, frame: Frame) -> OutputFile:
    if not _MEDIA_TYPE.fullmatch(file.media_type):
        raise FrameError(f"no output is of the type {file.media_type[:60]!r}")
    return OutputFile(
        media_type=file.media_type,
        data=frame.read(file.raw),
        width_px=file.width_px,
        height_px=file.height_px,
        frames=file.frames,
    )


def _json_from_wire(text: bytes) -> Json:
    """Read JSON text. Raises: FrameError where it is none, or is nested so deep that writing it again would fail."""
    try:
        value: Json = msgspec.json.decode(text)
    except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
        raise FrameError(f"a JSON output cannot be read: {error}") from None
    if not _is_shallow(value, MAX_JSON_DEPTH):
        raise FrameError("a JSON output is nested too deep")
    return value


def _is_shallow(value: Json, depth: int) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return depth > 0 and all(_is_shallow(each, depth - 1) for each in inner if isinstance(each, dict | list))

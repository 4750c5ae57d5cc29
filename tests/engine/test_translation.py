"""Events and errors across the process border."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from artrator.engine.errors import EngineBusy, Fault, ModelFault
from artrator.engine.execution.call import Json
from artrator.engine.fleet import Finished, OutputFile, OutputJson, Progressed, RunEvent, Started, Timings
from artrator.engine.wire.frames import Blob, Frame, FrameError, Payload
from artrator.engine.wire.protocol import HasFailed, HasFinished, WireFile, WireJson, encode_message, from_worker
from artrator.engine.wire.translation import error_from_wire, event_from_wire, event_to_wire, inputs_to_wire
from artrator.kernel.errors import ArtratorError, Forbidden, Invalid, TooLarge, Unavailable

TIMINGS = Timings(queue_s=0.1, predict_s=0.2, encode_s=0.3)


def across(event: RunEvent | ArtratorError) -> RunEvent | ArtratorError:
    """Send an event as a child does and hear it as a parent does."""
    payload = Payload()
    encoded = encode_message(event_to_wire("run", event, payload))
    message = from_worker.decode(encoded)
    assert not isinstance(message, Blob)
    frame = Frame(encoded, memoryview(b"".join(payload.parts)))
    assert hasattr(message, "id")
    return event_from_wire(message, frame)  # type: ignore[arg-type]


FILES = st.builds(
    OutputFile,
    media_type=st.sampled_from(["image/png", "image/webp", "application/x-npy", "video/webm"]),
    data=st.binary(max_size=200),
    width_px=st.none() | st.integers(0, 10_000),
    height_px=st.none() | st.integers(0, 10_000),
    frames=st.none() | st.integers(0, 1000),
)
JSON: st.SearchStrategy[Json] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
OUTPUTS = st.dictionaries(
    st.text(max_size=20),
    FILES | st.builds(OutputJson, value=JSON) | st.lists(FILES, max_size=3).map(tuple),
    max_size=4,
)


@given(OUTPUTS)
def test_outputs_arrive_as_they_were_sent(outputs: dict[str, OutputFile | OutputJson | tuple[OutputFile, ...]]) -> None:
    event = Finished(outputs=outputs, timings=TIMINGS, engine={"onnxruntime": "1"})
    assert across(event) == event


@pytest.mark.parametrize(
    "event", [Started(), Progressed(step=1, steps=2), Progressed(step=1, steps=2, preview=b"jpeg")]
)
def test_events_arrive_as_they_were_sent(event: RunEvent) -> None:
    assert across(event) == event


@pytest.mark.parametrize(
    "error",
    [
        ModelFault(Fault.OUT_OF_MEMORY, "Too much."),
        Invalid("input_missing", "There is no x.", field="inputs.x", count=3),
        TooLarge("image_too_large", "Scale it down."),
        EngineBusy("Later."),
        Unavailable("engine_failed", "Sorry."),
    ],
)
def test_errors_arrive_as_what_they_are(error: ArtratorError) -> None:
    arrived = across(error)
    assert isinstance(arrived, ArtratorError)
    assert type(arrived) is type(error)
    assert (arrived.code, arrived.message, arrived.field) == (error.code, error.message, error.field)
    assert arrived.facts.items() >= error.facts.items() - {("retry_after_s", 1.0)}


@pytest.mark.parametrize("kind", ["forbidden", "payment_required", "unauthenticated", "nonsense"])
def test_a_child_cannot_raise_what_is_not_its_business(kind: str) -> None:
    error = error_from_wire(HasFailed(id="run", kind=kind, code="anything", message="Ha.", field=None, facts={}))
    assert isinstance(error, ModelFault)
    assert not isinstance(error, Forbidden)


@pytest.mark.parametrize(("offset", "length"), [(0, 5), (-1, 2), (4, 1), (0, -1), (1 << 62, 1 << 62)])
def test_a_blob_outside_its_payload_is_refused(offset: int, length: int) -> None:
    with pytest.raises(FrameError):
        Frame(b"", memoryview(b"four")).read(Blob(offset, length))


@pytest.mark.parametrize("text", [b"[" * 40 + b"]" * 40, b"[" * 100_000, b"{", b"\xff", b'{"a": NaN}'])
def test_a_json_output_that_is_none_or_too_deep_is_refused(text: bytes) -> None:
    message = finished(WireJson(text=Blob(0, len(text))))
    with pytest.raises(FrameError):
        event_from_wire(message, Frame(b"", memoryview(text)))


def finished(output: WireJson | WireFile) -> HasFinished:
    """A last message with one output."""
    return HasFinished(id="run", outputs={"y": output}, queue_s=0, predict_s=0, encode_s=0, engine={})


def test_a_number_that_no_wire_carries_is_the_inputs_fault() -> None:
    with pytest.raises(Invalid) as error:
        inputs_to_wire({"n": 1 << 70}, Payload())
    assert error.value.field == "inputs.n"


@pytest.mark.parametrize("seconds", [-1.0, float("nan")])
def test_times_that_cannot_be_are_refused(seconds: float) -> None:
    message = HasFinished(id="run", outputs={}, queue_s=seconds, predict_s=0, encode_s=0, engine={})
    with pytest.raises(msgspec.ValidationError):
        from_worker.decode(encode_message(message))

"""Every message between a parent and its sandboxed children; what a child sends is decoded as what it is: hostile input.

A message is a msgpack map with a tag. Raw bytes travel beside it in the frame's payload (`frames.py`).
"""

from __future__ import annotations

from typing import Annotated, TypeAlias

import msgspec

from artrator.bundle.facts import GraphFacts, LoraFacts
from artrator.engine.examination.profile import GraphPlan, GraphProfile
from artrator.engine.wire.frames import Blob
from artrator.kernel.errors import Fact

ShortText: TypeAlias = Annotated[str, msgspec.Meta(max_length=200)]
LongText: TypeAlias = Annotated[str, msgspec.Meta(max_length=4000)]
Count: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=1 << 53)]
Seconds: TypeAlias = Annotated[float, msgspec.Meta(ge=0)]
Nonce: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=(1 << 63) - 1)]
WireInput: TypeAlias = str | int | float | bool | Blob | None


class Message(msgspec.Struct, frozen=True, kw_only=True, tag=True, forbid_unknown_fields=True):
    """A message; its tag is its class's name."""


# A child's orders come on its command line; they are no secret.


class Orders(msgspec.Struct, frozen=True, kw_only=True):
    """How a child is to start.

    socket, board: inherited descriptors; board is -1 for a child that needs none.
    folder: the only one that it may read. settings: EngineSettings as JSON.
    cpu_s: processor seconds, None for as many as it takes.
    outputs: inherited descriptors of the only files that it may write, file_bytes at most into each.
    device_files: what a driver needs.
    """

    socket: int
    board: int
    folder: str
    parent_pid: int
    memory_bytes: int
    cpu_s: int | None
    settings: str
    outputs: tuple[int, ...] = ()
    file_bytes: int = 0
    device_files: tuple[str, ...] = ()


# Between the parent and the zygote that forks its children (`zygote.py`), which never hears a stranger's word


class Fork(Message, frozen=True):
    """Fork a child; beside it come its descriptors: its socket, its standard error, its board if any, its outputs.

    module: whose `serve` the child calls. orders: without the descriptors and the parent, which only the zygote knows.
    """

    module: str
    has_board: bool
    orders: Orders


class Kill(Message, frozen=True):
    """End a child at once; one that has ended already is left in peace."""

    pid: int


class HasForked(Message, frozen=True):
    """A child begins; answers come in the order of the forks. pid is None where the system had no room for it."""

    pid: int | None


class HasEnded(Message, frozen=True):
    """A child has ended; exit_code as of `subprocess`, negative for a signal."""

    pid: int
    exit_code: int


# From parent to child


class Introduce(Message, frozen=True):
    """Name a bundle before the first run of it.

    folder, optimised: relative to the folder that the child may read. manifest: as JSON. plans: by role.
    base: of a LoRA, introduced before it.
    The last word counts.
    """

    digest: str
    folder: str
    manifest: str
    batchable: bool
    optimised: str | None
    plans: dict[str, GraphPlan] = {}
    base: str | None = None


class Start(msgspec.Struct, frozen=True, kw_only=True):
    """Where a frame of a walk begins, as `fleet.WalkStart`."""

    index: int
    before: Blob
    after: Blob
    weight: float


class Walk(msgspec.Struct, frozen=True, kw_only=True):
    """What makes a run a frame of a walk, as `fleet.WalkFrame`."""

    end: dict[str, WireInput]
    part: float
    start: Start | None = None
    keep: tuple[int, ...] = ()


class Run(Message, frozen=True):
    """Run an introduced bundle; deadline_s counts from when this is read. loras: introduced ones, with their weights.

    quiet: nobody wants to hear of it before its end.
    """

    id: str
    digest: str
    inputs: dict[str, WireInput]
    account: str
    deadline_s: float
    output_format: str
    priority: int
    weight: float = 1.0
    loras: tuple[tuple[str, float], ...] = ()
    walk: Walk | None = None
    quiet: bool = False


class Cancel(Message, frozen=True):
    """Stop a run; its reply, if any comes, is not waited for."""

    id: str


class Load(Message, frozen=True):
    """Bring an introduced bundle into memory."""

    digest: str


class Forget(Message, frozen=True):
    """Drop a bundle from memory and its introduction with it."""

    digest: str


class Ping(Message, frozen=True):
    """Ask for a Pong."""

    nonce: Nonce


class ReadFacts(Message, frozen=True):
    """Read a graph of the one readable folder."""

    path: str


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """Where a LoRA and its base lie in the readable folder, where the one bundle would be the folder itself."""

    own_folder: str
    base_folder: str
    base_manifest: str


class ReadLora(Message, frozen=True):
    """Read a LoRA, all its values too, and compare it with its base."""

    manifest: str
    pair: Pair


class Rehearse(Message, frozen=True):
    """Run the bundle in the one readable folder on some inputs, each `runs` times with its seeds."""

    manifest: str
    pair: Pair | None
    inputs: tuple[dict[str, WireInput], ...]
    runs: int


class Profile(Message, frozen=True):
    """Measure the graphs of the bundle in the one readable folder, as one run calls them, in about `budget_s`."""

    manifest: str
    input: dict[str, WireInput]
    batchable: bool
    budget_s: float


class Optimise(Message, frozen=True):
    """Write a graph of the one readable folder, made ready for this machine, to the two outputs: graph, then weights.

    fused: with its attention rewritten, as it is where the graph itself is loaded.
    """

    path: str
    fused: bool = False


# From child to parent


class Protected(msgspec.Struct, frozen=True, kw_only=True):
    """One guarantee of the sandbox and what keeps it, or why nothing does."""

    guarantee: ShortText
    by: ShortText
    lacks: ShortText


class Ready(Message, frozen=True):
    """The child has confined itself and takes work.

    device: what evaluates graphs. device_lacks: why it is not what was asked for, if it is not.
    """

    protections: Annotated[tuple[Protected, ...], msgspec.Meta(max_length=32)]
    device: ShortText = ""
    device_lacks: ShortText = ""


class HasStarted(Message, frozen=True):
    """A run's first work begins."""

    id: ShortText


class HasProgressed(Message, frozen=True):
    """A run is a step further."""

    id: ShortText
    step: Count
    steps: Count
    preview: Blob | None


class WireFile(msgspec.Struct, frozen=True, kw_only=True, tag="file"):
    """An encoded output."""

    media_type: ShortText
    raw: Blob
    width_px: Count | None
    height_px: Count | None
    frames: Count | None


class WireFiles(msgspec.Struct, frozen=True, kw_only=True, tag="files"):
    """The files of an output of several."""

    files: Annotated[tuple[WireFile, ...], msgspec.Meta(max_length=1024)]


class WireJson(msgspec.Struct, frozen=True, kw_only=True, tag="json"):
    """An output that stands in the reply itself, as JSON text."""

    text: Blob


WireOutput: TypeAlias = WireFile | WireFiles | WireJson


class HasFinished(Message, frozen=True):
    """A run succeeded."""

    id: ShortText
    outputs: Annotated[dict[ShortText, WireOutput], msgspec.Meta(max_length=64)]
    queue_s: Seconds
    predict_s: Seconds
    encode_s: Seconds
    engine: Annotated[dict[ShortText, ShortText], msgspec.Meta(max_length=16)]
    busy_s: Seconds = 0.0


class HasFailed(Message, frozen=True):
    """A run, or an examination, failed; the parent makes the error of it that the code stands for."""

    id: ShortText
    kind: ShortText
    code: Annotated[str, msgspec.Meta(pattern="^[a-z][a-z0-9_]{0,63}$")]
    message: LongText
    field: ShortText | None
    facts: Annotated[dict[ShortText, Fact], msgspec.Meta(max_length=32)]


class Pong(Message, frozen=True):
    """The child's main thread still listens."""

    nonce: Nonce


class HasFacts(Message, frozen=True):
    """What a graph's file says."""

    facts: GraphFacts


class HasLora(Message, frozen=True):
    """What a LoRA that fits its base says."""

    facts: LoraFacts


class Statistics(msgspec.Struct, frozen=True, kw_only=True):
    """Of one output over all rehearsed runs; numbers are None where no value was finite."""

    name: ShortText
    dtype: ShortText
    shape: Annotated[tuple[Count, ...], msgspec.Meta(max_length=16)]
    minimum: float | None
    maximum: float | None
    mean: float | None
    deviation: float | None
    non_finite: Count


class HasRehearsed(Message, frozen=True):
    """What came of a rehearsal."""

    load_s: Seconds
    latencies_s: Annotated[tuple[Seconds, ...], msgspec.Meta(max_length=4096)]
    peak_memory_bytes: Count
    statistics: Annotated[tuple[Statistics, ...], msgspec.Meta(max_length=64)]
    deterministic: bool
    batchable: bool
    sample: Annotated[dict[ShortText, WireOutput], msgspec.Meta(max_length=64)]


class HasProfile(Message, frozen=True):
    """What was measured of each graph, by its role."""

    graphs: Annotated[dict[ShortText, GraphProfile], msgspec.Meta(max_length=64)]


class HasOptimised(Message, frozen=True):
    """The outputs are written."""


ToWorker: TypeAlias = Introduce | Run | Cancel | Load | Forget | Ping
FromWorker: TypeAlias = Ready | HasStarted | HasProgressed | HasFinished | HasFailed | Pong
ToExaminee: TypeAlias = ReadFacts | ReadLora | Rehearse | Profile | Optimise
FromExaminee: TypeAlias = Ready | HasFacts | HasLora | HasRehearsed | HasProfile | HasOptimised | HasFailed
ToZygote: TypeAlias = Fork | Kill
FromZygote: TypeAlias = HasForked | HasEnded
AnyMessage: TypeAlias = ToWorker | FromWorker | ToExaminee | FromExaminee | ToZygote | FromZygote

encode_message = msgspec.msgpack.Encoder().encode
to_worker = msgspec.msgpack.Decoder[ToWorker](ToWorker)
from_worker = msgspec.msgpack.Decoder[FromWorker](FromWorker)
to_examinee = msgspec.msgpack.Decoder[ToExaminee](ToExaminee)
from_examinee = msgspec.msgpack.Decoder[FromExaminee](FromExaminee)
to_zygote = msgspec.msgpack.Decoder[ToZygote](ToZygote)
from_zygote = msgspec.msgpack.Decoder[FromZygote](FromZygote)

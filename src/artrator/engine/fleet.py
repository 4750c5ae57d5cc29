"""The port to inference: everything above the engine asks a Fleet and never learns which processes answer."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import Protocol, TypeAlias

from artrator.bundle.manifest import Manifest
from artrator.engine.examination.profile import GraphPlan, Plans
from artrator.engine.execution.call import Json
from artrator.kernel.errors import ArtratorError
from artrator.kernel.ids import Digest

InputValue: TypeAlias = str | int | float | bool | bytes | None
"""A checked input: files and tensors are bytes by now, a seed is drawn, an input left out is None or absent."""


PICTURES = "png"
"""The usual output format."""
NPY = "npy"
"""The output format that gives tensors as .npy files, bit for bit, and pictures as PNG."""


class Priority(IntEnum):
    """Whose calls go first; the lower number does."""

    INTERACTIVE = 0
    WALK = 1
    BATCH = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalledBundle:
    """A bundle whose files lie in a read-only local folder.

    batchable: verification found that its graphs give each row the same result alone and among others.
    plans: how to run the graphs that were measured on this device, by role.
    base: what a LoRA adapts; it has no graphs of its own, and its manifest is completed by the base's.
    optimised: where the same graphs lie made ready for this machine; the engine alone says so, to its workers.
    """

    digest: Digest
    folder: Path
    manifest: Manifest
    batchable: bool
    plans: Plans = field(default_factory=dict[str, GraphPlan])
    base: InstalledBundle | None = None
    optimised: Path | None = None

    @property
    def foundation(self) -> InstalledBundle:
        """The bundle whose graphs run: a LoRA's base, or this one."""
        return self.base or self


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenLora:
    """A LoRA that a run asks for beside its bundle; weight: how much it counts."""

    bundle: InstalledBundle
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkStart:
    """Where a frame begins that shares its neighbours' early steps.

    index: of the evaluation that comes next (`samplers.State.index`).
    before, after: the `walk_states` of the frames on its left and on its right, both kept at that index.
    weight: of `after`, 0 to 1.
    """

    index: int
    before: bytes
    after: bytes
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkFrame:
    """That a run is a frame on the way between two keyframes; its own inputs are those from which the way comes.

    end: the inputs of the keyframe to which the way leads, as complete as the run's own.
    part: how much of the way is gone, 0 to 1, easing applied.
    keep: the state indices that the answer holds as `walk_states`, ascending; those that it never passes are left out.
    """

    end: Mapping[str, InputValue]
    part: float
    start: WalkStart | None = None
    keep: tuple[int, ...] = ()


WALK_STATES = "walk_states"
"""The output, beside the model's own, in which a frame gives what it kept for its neighbours: bytes for `WalkStart` alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequest:
    """One run of a bundle.

    id: unique among the runs in flight.
    account: whose turn it is; fairness is between accounts. weight: the account's part beside others of its class.
    deadline_s: seconds from submission until the run fails.
    loras: further ones on the same base.
    output_format: of images: png, webp or jpeg; npy for tensors as files.
    walk: what makes the run a frame of a walk.
    """

    id: str
    bundle: InstalledBundle
    inputs: Mapping[str, InputValue]
    account: str
    deadline_s: float
    output_format: str = PICTURES
    priority: Priority = Priority.INTERACTIVE
    weight: float = 1.0
    loras: tuple[ChosenLora, ...] = ()
    walk: WalkFrame | None = None


def bundles_of(request: RunRequest) -> tuple[InstalledBundle, ...]:
    """List the bundles whose files a run needs, each once."""
    named = (request.bundle.foundation, request.bundle, *(each.bundle for each in request.loras))
    return tuple({each.digest: each for each in named}.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputFile:
    """An encoded output; sizes are None where they have no meaning."""

    media_type: str
    data: bytes
    width_px: int | None = None
    height_px: int | None = None
    frames: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputJson:
    """An output that stands in the reply itself."""

    value: Json


OutputValue: TypeAlias = OutputFile | OutputJson | tuple[OutputFile, ...]
"""A tuple answers an output of type `images`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timings:
    """Where the time of a run went.

    queue_s: from submission to its first work, loading of the model included.
    predict_s: the pipeline's own work and its graph calls, waiting between them included.
    encode_s: outputs to files.
    busy_s: what the run kept threads busy: its own work, and its part of the batches that it was in.
    """

    queue_s: float
    predict_s: float
    encode_s: float
    busy_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """The model is loaded and the run's first work begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progressed:
    """A step of the run is done; preview is an encoded JPEG."""

    step: int
    steps: int
    preview: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """The run succeeded; this is its last event.

    engine: the versions that a receipt keeps: onnxruntime, numpy, provider.
    """

    outputs: Mapping[str, OutputValue]
    timings: Timings
    engine: Mapping[str, str]


RunEvent: TypeAlias = Started | Progressed | Finished


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerHealth:
    """One worker as its supervisor sees it."""

    index: int
    pid: int | None
    alive: bool
    running: int
    waiting: int
    restarts: int
    memory_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetHealth:
    """All workers, and which protections of the sandbox are on or missing on this system.

    waiting: runs that no worker has been given yet.
    devices: what evaluates graphs in each worker. lacks_device: why it is not what the settings ask for, if it is not.
    """

    workers: tuple[WorkerHealth, ...] = ()
    waiting: int = 0
    protections: tuple[str, ...] = ()
    missing: tuple[str, ...] = field(default=())
    devices: tuple[str, ...] = ()
    lacks_device: str = ""


class Errand(Protocol):
    """A run under way of which only the end is wanted; it costs its server a fraction of one that is watched."""

    async def wait(self, timeout_s: float | None) -> Finished:
        """Wait for its end, or for a time; only one waits at a time.

        Raises: TimeoutError where it has not ended by then, and it goes on; what `Fleet.run` raises.
        """
        ...

    def drop(self) -> None:
        """Stop the work itself, where it has not ended. Whoever has an errand drops it, whatever comes."""
        ...


class Fleet(Protocol):
    """Runs bundles somewhere."""

    def run(self, request: RunRequest) -> AsyncGenerator[RunEvent]:
        """Run a request and yield what happens; the last event is Finished.

        Closing the generator, or cancelling its task, stops the work itself.
        Raises: ModelFault, ModelQuarantined, EngineBusy, AccountBusy; Invalid and TooLarge with `field` for inputs.
        """
        ...

    def errand(self, request: RunRequest) -> Errand | None:
        """Begin a run at once of which nobody wants to hear but its end; None where only `run` will do.

        Raises: as `refuse`.
        """
        ...

    def refuse(
        self, digest: Digest, account: str, *, deadline_s: float, priority: Priority = Priority.INTERACTIVE
    ) -> None:
        """Turn a run away that `run` would not take now, before anything is prepared for it.

        Raises: EngineBusy, AccountBusy, ModelQuarantined, Unavailable.
        """
        ...

    async def health(self) -> FleetHealth:
        """Tell how the workers are."""
        ...

    async def forget(self, digest: Digest) -> None:
        """Unload a bundle everywhere, and its quarantine with it."""
        ...

    def on_quarantine(self, callback: Callable[[Digest, ArtratorError], None]) -> None:
        """Have a callback told of every bundle that is quarantined from now on, and why."""
        ...

"""The only file that knows ONNX Runtime: it opens graphs, evaluates them, stops them, and says what went wrong."""

# The runtime ships incomplete types; what comes out of it is checked by hand before it leaves this file.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

import os
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

# Read while the runtime is loaded: without it, it reports how it is used to its maker, from a thread of its own.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
import onnxruntime as ort

from artrator.bundle.facts import TensorSpec
from artrator.bundle.onnx_alignment import align_weights
from artrator.engine.devices import Choice, Device, choose
from artrator.engine.errors import Fault, ModelFault
from artrator.engine.execution.call import Array, Tensors
from artrator.engine.execution.signature import GraphSignature

PROCESSOR = choose(Device.CPU, 0, ())
PATTERN_BYTES = 32 << 20
"""Of a bundle's files. A pattern of a call's memory saves small graphs some percent of their time; the second call lays it out
beside what the first one took, so a large graph's activations would be there twice."""
SMALL_WEIGHTS_BYTES = 1024
"""Smaller ones stay in the graph's own file."""

_NUMPY_NAMES: Mapping[str, str] = {
    "tensor(float)": "float32",
    "tensor(float16)": "float16",
    "tensor(double)": "float64",
    "tensor(int8)": "int8",
    "tensor(int16)": "int16",
    "tensor(int32)": "int32",
    "tensor(int64)": "int64",
    "tensor(uint8)": "uint8",
    "tensor(uint16)": "uint16",
    "tensor(uint32)": "uint32",
    "tensor(uint64)": "uint64",
    "tensor(bool)": "bool",
}
_OUT_OF_MEMORY = ("bad_alloc", "failed to allocate", "not enough memory", "out of memory", "cannot allocate")


class Stopped(Exception):
    """The load or call was stopped because nobody wants it any more."""


@dataclass(slots=True, eq=False)
class StopSwitch:
    """Stops a running call or load from another thread, as soon as the node that runs now is done."""

    run_options: Any = field(default_factory=ort.RunOptions)
    session_options: Any = None
    """Of a load, which sets them first."""
    is_on: bool = False

    def stop(self) -> None:
        """Turn the switch on, for good."""
        self.is_on = True
        self.run_options.terminate = True
        if self.session_options is not None:
            self.session_options.set_load_cancellation_flag(True)


class Session:
    """One graph in memory, ready to be evaluated from several threads at once."""

    def __init__(
        self,
        session: ort.InferenceSession,
        folder: Path,
        choice: Choice = PROCESSOR,
        given: Mapping[str, Any] | None = None,
    ) -> None:
        self._session, self._choice = session, choice
        self._folder, self._given = folder, given or {}
        self.signature = GraphSignature(_specs(session.get_inputs()), _specs(session.get_outputs()))

    def run(self, tensors: Tensors, stop: StopSwitch) -> dict[str, Array]:
        """Evaluate the graph.

        Raises: ModelFault with what the runtime said, or with how an output differs from what the graph declares;
        Stopped after `stop.stop()`.
        """
        if stop.is_on:
            raise Stopped
        try:
            values = self._bound(tensors, stop) if self._choice.memory else self._unbound(tensors, stop)
        except Exception as error:  # the runtime raises RuntimeError, MemoryError and classes of its own
            raise Stopped if stop.is_on else _fault(error, self._folder) from None
        specs = self.signature.outputs
        return {name: _checked(spec, value) for (name, spec), value in zip(specs.items(), values, strict=True)}

    def given(self, placed: Mapping[str, Any], more: Tensors) -> Session:
        """Give the same graph in the same memory, with optional inputs given in every call: placed ones, and more."""
        given = {**self._given, **placed, **place_tensors(more, self._choice)}
        return Session(self._session, self._folder, self._choice, given)

    @property
    def provider(self) -> str:
        """Name what evaluates the graph, which the runtime may have chosen differently than it was asked to."""
        return self._session.get_providers()[0]

    def _unbound(self, tensors: Tensors, stop: StopSwitch) -> Sequence[object]:
        return self._session.run(None, {**self._given, **tensors}, stop.run_options)

    def _bound(self, tensors: Tensors, stop: StopSwitch) -> Sequence[object]:
        """Evaluate on a device with a memory of its own: each tensor crosses once in, each result once out."""
        binding = self._session.io_binding()
        for name, tensor in tensors.items():
            binding.bind_cpu_input(name, np.ascontiguousarray(tensor))
        for name, value in self._given.items():
            binding.bind_ortvalue_input(name, value)
        for name in self.signature.outputs:
            binding.bind_output(name, self._choice.memory, self._choice.index)
        self._session.run_with_iobinding(binding, stop.run_options)
        return binding.copy_outputs_to_cpu()


def place_tensors(tensors: Tensors, choice: Choice) -> Mapping[str, Any]:
    """Put tensors where graphs are evaluated, once for many calls; on a processor they lie there already."""
    if not choice.memory:
        return tensors
    place = ort.OrtValue.ortvalue_from_numpy
    return {name: place(tensor, choice.memory, choice.index) for name, tensor in tensors.items()}


def choose_device(wanted: Device, index: int) -> Choice:
    """Choose a device by what the installed runtime offers."""
    return choose(wanted, index, ort.get_available_providers())


def open_session(
    folder: Path,
    path: str,
    *,
    threads: int,
    stop: StopSwitch,
    choice: Choice = PROCESSOR,
    is_optimised: bool = False,
    graph: bytes | None = None,
) -> Session:
    """Load a graph of a bundle and optimise it, unless `save_optimised` has.

    threads: that one evaluation may use. choice: the device. Files outside the folder are never followed to.
    graph: takes the place of the file's own bytes; its weights may lie beside the file.
    Raises: ModelFault when the runtime refuses the graph; Stopped after `stop.stop()`.
    """
    total_bytes = check_files(folder)
    options = _set(ort.SessionOptions(), threads)
    stop.session_options = options
    if stop.is_on:
        raise Stopped
    options.enable_mem_pattern = total_bytes <= PATTERN_BYTES and choice.device is not Device.DIRECTML
    if is_optimised:
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    try:
        source = _source(options, folder / path, graph)
        session = ort.InferenceSession(source, sess_options=options, providers=_named(choice))
    except Exception as error:  # the runtime raises RuntimeError, MemoryError and classes of its own
        raise Stopped if stop.is_on else _fault(error, folder) from None
    return Session(session, folder, choice)


def save_optimised(folder: Path, path: str, *, graph: int, weights: int, rewritten: bytes | None = None) -> None:
    """Write a graph as the runtime would evaluate it here, its weights packed for this processor, to two descriptors.

    The graph will look for its weights beside itself in a file that is named as the number of their descriptor.
    rewritten: takes the place of the file's own bytes; its weights may lie beside the file.
    Raises: ModelFault when the runtime refuses the graph.
    """
    check_files(folder)
    options = _set(ort.SessionOptions(), 1)
    options.optimized_model_filepath = f"/proc/self/fd/{graph}"
    for name, value in (
        ("session.optimized_model_external_initializers_file_name", str(weights)),
        ("session.optimized_model_external_initializers_min_size_in_bytes", str(SMALL_WEIGHTS_BYTES)),
        ("session.save_external_prepacked_constant_initializers", "1"),
    ):
        options.add_session_config_entry(name, value)
    try:
        source = _source(options, folder / path, rewritten)
        ort.InferenceSession(source, sess_options=options, providers=_named(PROCESSOR))
        align_weights(Path(options.optimized_model_filepath), Path(f"/proc/self/fd/{weights}"))
    except Exception as error:  # the runtime raises RuntimeError, MemoryError and classes of its own
        raise _fault(error, folder) from None


def _source(options: Any, path: Path, rewritten: bytes | None) -> str | bytes:
    """Give what a session is made of: a file, or what takes the place of its bytes."""
    if rewritten is None:
        return str(path)
    options.add_session_config_entry("session.model_external_initializers_file_folder_path", str(path.parent))
    return rewritten


def _set(options: Any, threads: int) -> Any:
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.log_severity_level = 4
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options


def check_files(folder: Path) -> int:
    """Sum the bytes of a bundle's files. Raises: ModelFault unless each is a regular file in the folder itself."""
    total_bytes = 0
    for parent, folders, files in os.walk(folder):
        for name in (*folders, *files):
            status = (Path(parent) / name).lstat()
            if not (stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)):
                raise ModelFault(Fault.FAILED, f"The bundle's {name[:80]!r} is neither a file nor a folder; remove it.")
            total_bytes += status.st_size if stat.S_ISREG(status.st_mode) else 0
    return total_bytes


def engine_versions(provider: str) -> dict[str, str]:
    """Name the versions on which a result depends."""
    return {"onnxruntime": ort.__version__, "numpy": np.__version__, "provider": provider}


def _named(choice: Choice) -> list[tuple[str, dict[str, str]]]:
    return [(name, dict(options)) for name, options in choice.providers]


def _specs(nodes: Sequence[Any]) -> dict[str, TensorSpec]:
    specs: dict[str, TensorSpec] = {}
    for node in nodes:
        dtype = _NUMPY_NAMES.get(node.type)
        if dtype is None:
            known = ", ".join(sorted(_NUMPY_NAMES.values()))
            message = f"{node.name[:80]!r} is a {node.type[:80]}; graphs take and give tensors of {known}."
            raise ModelFault(Fault.FAILED, message)
        specs[node.name] = TensorSpec(name=node.name, dtype=dtype, dims=tuple(node.shape))
    return specs


def _checked(spec: TensorSpec, value: object) -> Array:
    """Compare an output with its declaration; the runtime itself only warns."""
    if not isinstance(value, np.ndarray) or value.dtype.name != spec.dtype:
        found = value.dtype.name if isinstance(value, np.ndarray) else type(value).__name__
        raise ModelFault(Fault.OUTPUT_INVALID, f"The graph's output {spec.name!r} is {found}, not {spec.dtype}.")
    fits = len(value.shape) == len(spec.dims) and all(
        have == want for have, want in zip(value.shape, spec.dims, strict=True) if isinstance(want, int)
    )
    if spec.dims and not fits:
        message = f"The graph's output {spec.name!r} has the shape {list(value.shape)}; it declares {list(spec.dims)}."
        raise ModelFault(Fault.OUTPUT_INVALID, message)
    return value


def _fault(error: Exception, folder: Path) -> ModelFault:
    """Say what the runtime said: one line, without where things lie on this machine."""
    said = " ".join(str(error).replace(str(folder), "").split())[:300]
    if isinstance(error, MemoryError) or any(sign in said.lower() for sign in _OUT_OF_MEMORY):
        return ModelFault(Fault.OUT_OF_MEMORY, "The model asked for more memory than it may use.")
    return ModelFault(Fault.FAILED, f"The runtime cannot run this graph: {said or type(error).__name__}")

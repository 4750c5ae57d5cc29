"""Weights that lie outside a graph's file, moved to where the processor's widest loads may begin.

ONNX Runtime writes packed weights one behind the other, wherever the last one ended, and maps the file as it is. Its kernels
load packed weights by instructions that end the process where an address is no multiple of their width.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from google.protobuf.message import DecodeError
from onnx import GraphProto, ModelProto, StringStringEntryProto, TensorProto

from artrator.kernel.errors import Invalid

ALIGNMENT_BYTES = 64
"""Of AVX-512's loads, the widest; what ONNX Runtime's own allocator aligns to as well."""
MOVED_BYTES = 1 << 20
"""At a time."""
_PACKED = re.compile(r"prepacked_\d+")
_PLACE = re.compile(r"(?<=\|)(\d+);(\d+)(?=;)")
"""In `key|offset;length;checksum|offset;length;checksum…`."""


@dataclass(slots=True)
class _Part:
    """A stretch of the file. length: of the longest that begins here."""

    offset: int
    length: int = 0
    moved_to: int = 0


@dataclass(slots=True)
class _Layout:
    """Where everything lies."""

    parts: dict[int, _Part] = field(default_factory=dict[int, _Part])

    def note(self, offset: int, length: int) -> None:
        part = self.parts.setdefault(offset, _Part(offset))
        part.length = max(part.length, length)

    def plan(self) -> list[_Part]:
        """Say where each part goes: never before where it is. Raises: Invalid where two overlap."""
        ordered = [self.parts[offset] for offset in sorted(self.parts)]
        end = moved_end = 0
        for part in ordered:
            if part.offset < end:
                raise Invalid("weights_overlap", "Two weights of a graph share bytes of its file.")
            end = part.offset + part.length
            part.moved_to = -(-max(part.offset, moved_end) // ALIGNMENT_BYTES) * ALIGNMENT_BYTES
            moved_end = part.moved_to + part.length
        return ordered


def align_weights(graph: Path, weights: Path) -> None:
    """Rewrite a graph's file and that of its weights, all of which lie in this one.

    Raises: Invalid for a graph that cannot be read or whose weights overlap; OSError.
    """
    model = ModelProto()
    try:
        model.ParseFromString(graph.read_bytes())
    except DecodeError as error:
        raise Invalid("graph_unreadable", "The graph is no ONNX.") from error
    tensors = [each for each in _tensors(model.graph) if each.data_location == TensorProto.EXTERNAL]
    layout = _layout(tensors)
    moved = [part for part in layout.plan() if part.moved_to != part.offset]
    if not moved:
        return
    with closing(_Stretches(weights)) as stretches:
        for part in reversed(moved):
            stretches.move(part)
    for tensor in tensors:
        _tell(tensor, layout)
    graph.write_bytes(model.SerializeToString())


def _layout(tensors: Iterable[TensorProto]) -> _Layout:
    layout = _Layout()
    for tensor in tensors:
        named = {entry.key: entry.value for entry in tensor.external_data}
        layout.note(int(named.get("offset", "0")), int(named.get("length", "0")))
        for entry in _packed(tensor):
            for offset, length in _PLACE.findall(entry.value):
                layout.note(int(offset), int(length))
    return layout


def _tell(tensor: TensorProto, layout: _Layout) -> None:
    """Write down where its weights are now."""
    for entry in tensor.external_data:
        if entry.key == "offset":
            entry.value = str(layout.parts[int(entry.value)].moved_to)
    for entry in _packed(tensor):
        entry.value = _PLACE.sub(lambda found: f"{layout.parts[int(found[1])].moved_to};{found[2]}", entry.value)


class _Stretches:
    """An open file of which stretches are moved towards its end, the last one first."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)

    def move(self, part: _Part) -> None:
        left = part.length
        while left:
            count = min(left, MOVED_BYTES)
            left -= count
            data = os.pread(self._descriptor, count, part.offset + left)
            if len(data) != count:
                raise Invalid("weights_cut", "The file of a graph's weights is shorter than the graph says.")
            os.lseek(self._descriptor, part.moved_to + left, os.SEEK_SET)
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]

    def close(self) -> None:
        os.close(self._descriptor)


def _packed(tensor: TensorProto) -> Iterator[StringStringEntryProto]:
    yield from (entry for entry in tensor.external_data if _PACKED.fullmatch(entry.key))


def _tensors(graph: GraphProto) -> Iterator[TensorProto]:
    """Give the initializers of a graph and of the graphs within it."""
    yield from graph.initializer
    for node in graph.node:
        for attribute in node.attribute:
            for inner in (*([attribute.g] if attribute.HasField("g") else []), *attribute.graphs):
                yield from _tensors(inner)

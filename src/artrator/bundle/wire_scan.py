"""Walk a protobuf's wire format with caps, before any parser recurses into it or allocates what it claims.

No recursion, no copies: one pass over the bytes with an explicit stack. It knows from the schema which fields are
messages; all others are skipped by their length.
Source: https://protobuf.dev/programming-guides/encoding/
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from artrator.bundle.facts import GraphCaps
from artrator.kernel.errors import Invalid, TooLarge

MessageSchema = Mapping[str, Mapping[int, str]]
"""Of each message type, the fields that are messages: number -> type."""

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_MAX_FIELD_NUMBER = 2**29 - 1
Bytes = bytes | memoryview


class Scan(NamedTuple):
    """How many messages of each type there are, and how deep they nest."""

    counts: Mapping[str, int]
    depth: int


def scan(data: Bytes, root: str, schema: MessageSchema, caps: GraphCaps) -> Scan:
    """Check that the bytes are one message of the root type, within the caps.

    Raises: Invalid where they are not, TooLarge where they are but hold too much.
    """
    walk = _Walk(schema, caps, root)
    position, end, children = 0, len(data), schema[root]
    while True:
        if position == end:
            if not walk.parents:
                return Scan(walk.counts, walk.deepest)
            end, children = walk.parents.pop()
            continue
        tag, position = _varint(data, position, end)
        number, wire_type = tag >> 3, tag & 7
        child = children.get(number)
        walk.see_field(position, number)
        if wire_type != _BYTES:
            if child is not None:
                raise _malformed(position)
            position = _skip(data, position, end, wire_type)
            continue
        length, position = _varint(data, position, end)
        if length > end - position:
            raise _malformed(position)
        if child is None:
            position += length
        else:
            walk.enter(child, (end, children))
            end, children = position + length, schema[child]


class _Walk:
    """What is counted on the way, and the messages that are open around the place."""

    def __init__(self, schema: MessageSchema, caps: GraphCaps, root: str) -> None:
        self.parents: list[tuple[int, Mapping[int, str]]] = []
        self.counts: dict[str, int] = {root: 1}
        self.deepest = 0
        self._fields = 0
        self._messages = 1
        self._caps = caps

    def see_field(self, position: int, number: int) -> None:
        self._fields += 1
        if self._fields > self._caps.field_count:
            raise TooLarge("graph_too_large", f"The graph has more than {self._caps.field_count:,} fields.")
        if not 1 <= number <= _MAX_FIELD_NUMBER:
            raise _malformed(position)

    def enter(self, child: str, parent: tuple[int, Mapping[int, str]]) -> None:
        self.parents.append(parent)
        self._messages += 1
        self.counts[child] = self.counts.get(child, 0) + 1
        self.deepest = max(self.deepest, len(self.parents))
        if self._messages > self._caps.message_count:
            raise TooLarge("graph_too_large", f"The graph has more than {self._caps.message_count:,} parts.")
        if self.deepest > self._caps.message_depth:
            raise TooLarge("graph_too_deep", f"The graph is nested deeper than {self._caps.message_depth} levels.")


def _skip(data: Bytes, position: int, end: int, wire_type: int) -> int:
    if wire_type == _VARINT:
        return _varint(data, position, end)[1]
    width = {_FIXED64: 8, _FIXED32: 4}.get(wire_type)
    if width is None or width > end - position:
        raise _malformed(position)
    return position + width


def _varint(data: Bytes, position: int, end: int) -> tuple[int, int]:
    value = shift = 0
    while position < end and shift < 70:
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
        shift += 7
    raise _malformed(position)


def _malformed(position: int) -> Invalid:
    return Invalid(
        "graph_malformed", f"This is not an ONNX file: it breaks off or is malformed at byte {position:,}.", at=position
    )

"""The scan of the wire format accepts what onnx writes and ends at once on everything else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.bundle.properties import outcome, patient

from artrator.bundle.facts import GraphCaps
from artrator.bundle.wire_scan import Scan, scan
from artrator.kernel.errors import ArtratorError, Invalid, TooLarge

TREE = {"Tree": {1: "Tree"}}
CAPS = GraphCaps(message_depth=10, message_count=100, field_count=500)


def nested(depth: int) -> bytes:
    whole = b""
    for _ in range(depth):
        length = len(whole)
        prefix = bytearray()
        while length >= 0x80:
            prefix.append(length & 0x7F | 0x80)
            length >>= 7
        prefix.append(length)
        whole = b"\x0a" + bytes(prefix) + whole
    return whole


def test_messages_are_counted_to_their_depth() -> None:
    assert scan(nested(10), "Tree", TREE, CAPS) == Scan({"Tree": 11}, 10)


def test_nesting_beyond_the_cap_ends_the_scan_however_deep_it_goes() -> None:
    with pytest.raises(TooLarge) as caught:
        scan(nested(20_000), "Tree", TREE, CAPS)
    assert caught.value.code == "graph_too_deep"


@pytest.mark.parametrize("data", [b"\x0a\x00" * 101, b"\x10\x01" * 501])
def test_too_many_parts_or_fields_end_the_scan(data: bytes) -> None:
    with pytest.raises(TooLarge):
        scan(data, "Tree", TREE, CAPS)


@pytest.mark.parametrize(
    "data",
    [
        b"\x0a",
        b"\x0a\x05ab",
        b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
        b"\x12" + b"\xff" * 12,
        b"\x00",
        b"\x0b\x0c",
        b"\x08\x01",
        b"\x15\x00\x00",
        b"\x0a\x02\x12\x05",
    ],
)
def test_what_breaks_off_or_is_no_message_is_refused(data: bytes) -> None:
    with pytest.raises(Invalid):
        scan(data, "Tree", TREE, CAPS)


@patient
@given(st.binary(max_size=200))
def test_no_bytes_do_anything_but_scan_or_be_refused(data: bytes) -> None:
    assert isinstance(outcome(lambda: scan(data, "Tree", TREE, CAPS)), Scan | ArtratorError)

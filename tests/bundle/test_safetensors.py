"""Files of weights by strangers: what is right is read bit for bit, whatever else is refused by name."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.bundle.weights_files import write, write_raw

from artrator.bundle.safetensors import open_safetensors
from artrator.kernel.errors import Invalid, TooLarge


def entry(dtype: str = "F32", shape: object = (2,), offsets: object = (0, 8)) -> dict[str, object]:
    return {"dtype": dtype, "shape": shape, "data_offsets": offsets}


def header(**tensors: object) -> bytes:
    return json.dumps(tensors).encode()


def test_tensors_are_read_as_they_were_written(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    written = {
        "a": rng.standard_normal((3, 4)).astype(np.float32),
        "b": rng.standard_normal((2, 2, 2)).astype(np.float16),
        "empty": np.zeros((0, 5), np.float32),
        "number": np.array(2.5, np.float64),
    }
    write(tmp_path / "w.safetensors", written, {"kind": "test"})
    file = open_safetensors(tmp_path, "w.safetensors")
    assert file.metadata == {"kind": "test"}
    assert {name: file.read(name).tolist() for name in file.tensors} == {n: v.tolist() for n, v in written.items()}
    assert file.read("b").dtype == np.float16


def test_bfloat16_is_read_as_the_numbers_that_it_means(tmp_path: Path) -> None:
    bits = np.array([0x3F80, 0xC020, 0x7F80], "<u2")
    write_raw(tmp_path / "w.safetensors", header(a=entry("BF16", [3], [0, 6])), bits.tobytes())
    assert open_safetensors(tmp_path, "w.safetensors").read("a").tolist() == [1.0, -2.5, float("inf")]


@pytest.mark.parametrize(
    ("head", "data"),
    [
        (b"", b""),
        (b"[]", b""),
        (b"{", b""),
        (b'{"a": 1}', b""),
        (b"\xff\xfe{}", b""),
        (b"[" * 100_000, b""),
        (header(a=entry(dtype="I64", offsets=[0, 16])), bytes(16)),
        (header(a=entry(dtype="F33")), bytes(8)),
        (header(a=entry(offsets=[0, 4])), bytes(4)),
        (header(a=entry(offsets=[8, 0])), bytes(8)),
        (header(a=entry(offsets=[-8, 0])), bytes(8)),
        (header(a=entry(offsets=[0, 8, 9])), bytes(8)),
        (header(a=entry(shape=[2**31 - 1] * 8, offsets=[0, 8])), bytes(8)),
        (header(a=entry(shape=[-2])), bytes(8)),
        (header(a=entry(shape=[2.0])), bytes(8)),
        (header(a=entry(shape=[1] * 9, offsets=[0, 4])), bytes(4)),
        (header(a=entry() | {"more": 1}), bytes(8)),
        (header(a=entry(), b=entry()), bytes(8)),
        (header(a=entry(), b=entry(offsets=[4, 12])), bytes(12)),
        (header(a=entry(), b=entry(offsets=[12, 20])), bytes(20)),
        (header(a=entry(offsets=[4, 12])), bytes(12)),
        (header(a=entry()), bytes(7)),
        (header(a=entry()), bytes(9)),
        (header(__metadata__={"a": 1}), b""),
    ],
)
def test_a_file_that_lies_about_its_tensors_is_refused(tmp_path: Path, head: bytes, data: bytes) -> None:
    write_raw(tmp_path / "w.safetensors", head, data)
    with pytest.raises(Invalid) as refused:
        open_safetensors(tmp_path, "w.safetensors")
    assert refused.value.code == "safetensors_malformed"


def test_a_header_that_would_fill_the_memory_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = write_raw(tmp_path / "w.safetensors", b"{}", length=1 << 40)
    with pytest.raises(Invalid, match="longer than the file"):
        open_safetensors(tmp_path, path.name)
    with path.open("r+b") as file:
        file.truncate(1 << 41)  # sparse
    with pytest.raises(TooLarge):
        open_safetensors(tmp_path, path.name)


def test_a_link_out_of_the_bundle_is_not_followed(tmp_path: Path) -> None:
    write(tmp_path / "outside.safetensors", {"a": np.zeros(1, np.float32)})
    (tmp_path / "bundle").mkdir()
    (tmp_path / "bundle" / "w.safetensors").symlink_to(tmp_path / "outside.safetensors")
    with pytest.raises(Invalid, match="symbolic link"):
        open_safetensors(tmp_path / "bundle", "w.safetensors")


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_whatever_a_damaged_file_holds_it_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    path = write(folder / "w.safetensors", {"a": np.arange(6, dtype=np.float32), "b": np.ones((2, 2), np.float16)})
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    try:
        file = open_safetensors(folder, path.name)
    except (Invalid, TooLarge):
        return
    assert all(file.read(name).shape == each.shape for name, each in file.tensors.items())

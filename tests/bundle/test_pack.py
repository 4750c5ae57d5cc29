"""Archives of strangers are unpacked inside their folder and within the caps, or refused."""

from __future__ import annotations

import io
import os
import stat
import struct
import tempfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.bundle.properties import outcome, patient

from artrator.bundle.digest import bundle_digest
from artrator.bundle.pack import PackCaps, pack, unpack
from artrator.kernel.errors import ArtratorError, Invalid, TooLarge

CAPS = PackCaps(archive_bytes=1_000_000, total_bytes=100_000, file_bytes=60_000, files=20)


def archive(folder: Path, entries: list[tuple[str | zipfile.ZipInfo, bytes]]) -> Path:
    path = folder / "bundle.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in entries:
            file.writestr(name, content)
    return path


def refused(path: Path, destination: Path) -> ArtratorError:
    with pytest.raises((Invalid, TooLarge)) as caught:
        unpack(path, destination, CAPS)
    return caught.value


def test_what_was_packed_unpacks_with_the_same_digest(tmp_path: Path) -> None:
    source = tmp_path / "source"
    (source / "weights").mkdir(parents=True)
    (source / "artrator.yaml").write_text("name: a")
    (source / "weights" / "w.bin").write_bytes(os.urandom(5000))
    digest = pack(source, tmp_path / "a.zip")
    unpack(tmp_path / "a.zip", tmp_path / "out", CAPS)
    assert bundle_digest(tmp_path / "out") == digest == bundle_digest(source)


def test_packing_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "a").write_text("a")
    pack(source, tmp_path / "1.zip")
    os.utime(source / "a", (1, 1))
    pack(source, tmp_path / "2.zip")
    assert (tmp_path / "1.zip").read_bytes() == (tmp_path / "2.zip").read_bytes()


def test_one_folder_around_the_bundle_and_hidden_files_are_left_out(tmp_path: Path) -> None:
    path = archive(
        tmp_path, [("b/artrator.yaml", b"x"), ("b/m.onnx", b"y"), ("__MACOSX/b/._m", b"z"), ("b/.DS_Store", b"z")]
    )
    unpack(path, tmp_path / "out", CAPS)
    assert sorted(each.name for each in (tmp_path / "out").rglob("*")) == ["artrator.yaml", "m.onnx"]


@pytest.mark.parametrize(
    "name",
    [
        "../evil",
        "a/../../evil",
        "/etc/evil",
        "C:/evil",
        "a\\..\\evil",
        "a//b",
        "con.txt",
        "a\nb",
        "a:b",
        "trailing. ",
        "색.onnx",
        "a" * 300,
        "a/" * 150 + "b",
    ],
)
def test_a_name_that_leads_out_or_is_not_safe_everywhere_is_refused(tmp_path: Path, name: str) -> None:
    error = refused(archive(tmp_path, [("fine", b"x"), (name, b"evil")]), tmp_path / "in" / "out")
    assert error.code == "archive_entry_unsafe"
    assert not list(tmp_path.rglob("*evil*"))


def test_a_link_is_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    assert refused(archive(tmp_path, [(link, b"/etc/passwd")]), tmp_path / "out").code == "archive_entry_unsafe"


def test_names_that_differ_in_case_only_are_refused(tmp_path: Path) -> None:
    assert refused(archive(tmp_path, [("a", b"x"), ("A", b"y")]), tmp_path / "out").code == "archive_entry_unsafe"


def test_a_file_where_a_folder_is_wanted_is_refused(tmp_path: Path) -> None:
    assert refused(archive(tmp_path, [("a", b"x"), ("a/b", b"y")]), tmp_path / "out").code == "archive_malformed"


def test_a_bomb_that_states_its_size_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    assert refused(archive(tmp_path, [("bomb", bytes(90_000))]), tmp_path / "out").code == "archive_file_too_large"
    assert not (tmp_path / "out").exists()


def test_a_bomb_that_lies_about_its_size_writes_no_more_than_it_said(tmp_path: Path) -> None:
    path = archive(tmp_path, [("bomb", bytes(5_000_000))])
    whole = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        struct.pack_into("<L", whole, whole.find(signature) + offset, 100)
    path.write_bytes(whole)
    refused(path, tmp_path / "out")
    assert sum(each.stat().st_size for each in (tmp_path / "out").rglob("*")) <= CAPS.file_bytes


def test_too_many_files_are_refused(tmp_path: Path) -> None:
    path = archive(tmp_path, [(f"f{index}", b"") for index in range(21)])
    assert refused(path, tmp_path / "out").code == "archive_too_many_files"


def test_a_directory_that_claims_to_be_huge_is_not_loaded(tmp_path: Path) -> None:
    path = tmp_path / "huge.zip"
    path.write_bytes(b"x" * 1000 + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 9, 9, 2**31, 0, 0))
    assert refused(path, tmp_path / "out").code == "archive_too_many_files"


def test_an_encrypted_archive_is_refused(tmp_path: Path) -> None:
    path = archive(tmp_path, [("a", b"x")])
    whole = bytearray(path.read_bytes())
    whole[whole.find(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(whole)
    assert refused(path, tmp_path / "out").code == "archive_entry_unsafe"


def test_links_and_special_files_have_no_digest(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    (tmp_path / "b").symlink_to("/etc/passwd")
    with pytest.raises(Invalid):
        bundle_digest(tmp_path)


@patient
@given(st.binary(max_size=300), st.integers(0, 200), st.integers(0, 255))
def test_no_bytes_do_anything_but_unpack_or_be_refused(noise: bytes, place: int, value: int) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("artrator.yaml", b"name: a")
        file.writestr("m/model.onnx", noise)
    whole = bytearray(buffer.getvalue())
    whole[place % len(whole)] = value
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for content in (noise, bytes(whole)):
            (folder / "a.zip").write_bytes(content)
            refusal = outcome(lambda: unpack(folder / "a.zip", folder / "out", CAPS))
            assert refusal is None or refusal.field == "bundle"
            outside = {each.name for each in folder.iterdir()} - {"a.zip", "out"}
            assert not outside
            for each in sorted((folder / "out").rglob("*"), reverse=True):
                each.unlink() if each.is_file() else each.rmdir()


_NAMES = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_]{0,6}", fullmatch=True).filter(
    lambda name: name.lower() not in ("con", "prn", "aux", "nul") and name.lower()[:3] not in ("com", "lpt")
)


@patient
@given(st.dictionaries(_NAMES, st.binary(max_size=200), min_size=1, max_size=6))
def test_any_files_keep_their_digest_through_pack_and_unpack(files: dict[str, bytes]) -> None:
    with tempfile.TemporaryDirectory() as name:
        source = Path(name) / "source"
        source.mkdir()
        if len({each.lower() for each in files}) < len(files):
            return
        for path, content in files.items():
            (source / path).write_bytes(content)
        digest = pack(source, Path(name) / "a.zip")
        unpack(Path(name) / "a.zip", Path(name) / "out", CAPS)
        assert bundle_digest(Path(name) / "out") == digest

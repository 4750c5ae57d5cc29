"""Bundles to and from .zip files; unpacking believes no header, writes only inside its folder and stops at the caps."""

from __future__ import annotations

import os
import shutil
import stat
import struct
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from artrator.bundle.digest import MAX_FILES, bundle_digest, bundle_files
from artrator.bundle.manifest import MANIFEST_NAME
from artrator.bundle.paths import path_fault
from artrator.kernel.errors import Invalid, TooLarge
from artrator.kernel.ids import Digest

_CHUNK_BYTES = 1 << 20
_END_RECORD = struct.Struct("<4s4H2LH")
_END_SIGNATURE, _ZIP64_SIGNATURE = b"PK\x05\x06", b"PK\x06\x07"
_ZIP64_LOCATOR_BYTES = 20
_MAX_ENTRY_RECORD_BYTES = 1024
_FIXED_TIME = (1980, 1, 1, 0, 0, 0)
_ENCRYPTED = 0x1


@dataclass(frozen=True, slots=True, kw_only=True)
class PackCaps:
    """How much an archive may hold."""

    archive_bytes: int = 2**31
    total_bytes: int = 4 * 2**30 - 1
    file_bytes: int = 2**31
    files: int = MAX_FILES


def pack(folder: Path, destination: Path) -> Digest:
    """Write a folder as a .zip whose bytes depend on the files alone; give the digest. Raises: Invalid, TooLarge."""
    digest = bundle_digest(folder)
    with zipfile.ZipFile(destination, "w", allowZip64=False) as archive:
        for path in bundle_files(folder):
            entry = zipfile.ZipInfo(path, date_time=_FIXED_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (stat.S_IFREG | 0o644) << 16
            try:
                with (folder / path).open("rb") as source, archive.open(entry, "w") as target:
                    shutil.copyfileobj(source, target, _CHUNK_BYTES)
            except (zipfile.LargeZipFile, RuntimeError):
                raise TooLarge("bundle_too_large", "A bundle holds less than 2 GiB a file.", field="bundle") from None
    return digest


def unpack(archive: Path, destination: Path, caps: PackCaps | None = None) -> None:
    """Unpack into a new or empty folder. One folder around everything, hidden files and __MACOSX are left out.

    Raises: Invalid for what is no bundle's archive, TooLarge at a cap; the destination is then incomplete.
    """
    caps = caps or PackCaps()
    _check_directory(archive, caps)
    try:
        with zipfile.ZipFile(archive) as opened:
            entries = _wanted(opened.infolist(), caps)
            destination.mkdir(parents=True, exist_ok=True)
            left = caps.total_bytes
            for path, entry in entries:
                left -= _extract(opened, entry, destination / path, min(left, caps.file_bytes))
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, struct.error, UnicodeError, ValueError):
        raise _broken() from None
    except RuntimeError:
        raise Invalid(
            "archive_encrypted", "The archive is encrypted; pack it without a password.", field="bundle"
        ) from None


def _broken() -> Invalid:
    return Invalid("archive_malformed", "This is not a .zip file, or it is damaged.", field="bundle")


def _check_directory(archive: Path, caps: PackCaps) -> None:
    """Bound the list of entries before the zip reader loads it whole."""
    size = archive.stat().st_size
    if size > caps.archive_bytes:
        raise TooLarge("archive_too_large", f"An archive has at most {caps.archive_bytes:,} bytes.", field="bundle")
    with archive.open("rb") as file:
        file.seek(max(0, size - _END_RECORD.size - 0xFFFF - _ZIP64_LOCATOR_BYTES))
        tail = file.read()
    start = tail.rfind(_END_SIGNATURE)
    if start < 0 or len(tail) - start < _END_RECORD.size:
        raise _broken()
    directory_bytes: int = _END_RECORD.unpack_from(tail, start)[5]
    zip64 = tail[max(0, start - _ZIP64_LOCATOR_BYTES) : start].startswith(_ZIP64_SIGNATURE)
    if zip64 or directory_bytes > caps.files * _MAX_ENTRY_RECORD_BYTES:
        raise TooLarge("archive_too_many_files", f"An archive has at most {caps.files} files.", field="bundle")


def _wanted(entries: Sequence[zipfile.ZipInfo], caps: PackCaps) -> list[tuple[str, zipfile.ZipInfo]]:
    if len(entries) > caps.files:
        raise TooLarge("archive_too_many_files", f"An archive has at most {caps.files} files.", field="bundle")
    named = [(entry.filename, entry) for entry in entries if not _left_out(entry)]
    prefix = _single_folder([name for name, _ in named])
    wanted = [(name.removeprefix(prefix), entry) for name, entry in named]
    seen: set[str] = set()
    for name, entry in wanted:
        fault = path_fault(name) or _entry_fault(entry)
        if fault is None and name.lower() in seen:
            fault = "is there twice (upper and lower case count as the same)"
        if fault is not None:
            raise Invalid("archive_entry_unsafe", f"The entry {name[:80]!r} {fault}.", field="bundle")
        seen.add(name.lower())
    _check_sizes([entry for _, entry in wanted], caps)
    return wanted


def _left_out(entry: zipfile.ZipInfo) -> bool:
    parts = entry.filename.split("/")
    hidden = any(part.startswith(".") and part not in (".", "..") for part in parts)
    return entry.filename.endswith("/") or parts[0] == "__MACOSX" or hidden


def _single_folder(names: Sequence[str]) -> str:
    manifests = [name for name in names if name.count("/") == 1 and name.endswith("/" + MANIFEST_NAME)]
    if len(manifests) != 1:
        return ""
    prefix = manifests[0].removesuffix(MANIFEST_NAME)
    return prefix if prefix != "../" and all(name.startswith(prefix) for name in names) else ""


def _entry_fault(entry: zipfile.ZipInfo) -> str | None:
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind == stat.S_IFLNK:
        return "is a symbolic link"
    if kind not in (0, stat.S_IFREG):
        return "is not a regular file"
    if entry.flag_bits & _ENCRYPTED:
        return "is encrypted"
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "is compressed in a way that is not supported; use deflate"
    return None


def _check_sizes(entries: Sequence[zipfile.ZipInfo], caps: PackCaps) -> None:
    if any(entry.file_size > caps.file_bytes for entry in entries):
        raise TooLarge("archive_file_too_large", f"A file has at most {caps.file_bytes:,} bytes.", field="bundle")
    if sum(entry.file_size for entry in entries) > caps.total_bytes:
        raise TooLarge("archive_too_large", f"A bundle has at most {caps.total_bytes:,} bytes.", field="bundle")


def _extract(opened: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path, most_bytes: int) -> int:
    written = 0
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644)
    except (FileExistsError, NotADirectoryError):
        raise _broken() from None
    with os.fdopen(handle, "wb") as file, opened.open(entry) as source:
        while chunk := source.read(_CHUNK_BYTES):
            written += len(chunk)
            if written > most_bytes:
                raise TooLarge("archive_bomb", "The archive unpacks to more than it says.", field="bundle")
            file.write(chunk)
    return written

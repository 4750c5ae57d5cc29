"""From what a creator uploads to a bundle that can be stored: a .zip, or a plain .onnx file that explains itself."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from artrator.bundle.diffusers_folder import INDEX, detect_folder
from artrator.bundle.digest import bundle_files
from artrator.bundle.facts import GraphFacts
from artrator.bundle.manifest import MANIFEST_NAME, Manifest, read_manifest, write_manifest
from artrator.bundle.pack import PackCaps, pack, unpack
from artrator.kernel.errors import Invalid, TooLarge
from artrator.kernel.ids import Digest

ReadFacts = Callable[[Path, str], Awaitable[GraphFacts]]
"""Reads a stranger's graph, `(folder, path inside it)`, in a sandboxed child and never in this process."""
Complete = Callable[[Path, Manifest, Mapping[str, GraphFacts]], Awaitable[Manifest]]
"""Adds to a detected manifest what only running the graphs tells, `(folder, manifest, facts by path)`, in such a child."""


MAX_MANIFEST_BYTES = 256 * 1024
MAX_GRAPHS_READ = 16
_ZIP_BEGINS = (b"PK\x03\x04", b"PK\x05\x06")


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """A bundle ready to be stored: `archive` is packed by us, whatever was uploaded."""

    digest: Digest
    manifest: Manifest
    archive: Path
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """An upload: a file of unknown contents, and what its creator says of it where no manifest does.

    manifest: the text of a manifest that takes the place of one inside.
    """

    file: Path
    name: str
    license: str | None = None
    manifest: str | None = None


async def as_detected(folder: Path, manifest: Manifest, facts: Mapping[str, GraphFacts]) -> Manifest:
    """Add nothing."""
    return manifest


async def take_in(
    offer: Offer, scratch: Path, *, caps: PackCaps, read_facts: ReadFacts, complete: Complete = as_detected
) -> Intake:
    """Unpack, read or detect the manifest, and pack anew, all inside the folder `scratch`.

    Raises: Invalid, TooLarge.
    """
    folder = scratch / "bundle"
    await asyncio.to_thread(lay_out, offer.file, folder, caps)
    if offer.manifest is not None:
        await asyncio.to_thread((folder / MANIFEST_NAME).write_text, offer.manifest, "utf-8")
    if not (folder / MANIFEST_NAME).is_file():
        await _write_detected(folder, offer, read_facts, complete)
    manifest = await asyncio.to_thread(_read_manifest, folder)
    archive = scratch / "packed.zip"
    digest = await asyncio.to_thread(pack, folder, archive)
    return Intake(digest=digest, manifest=manifest, archive=archive, size_bytes=archive.stat().st_size)


def lay_out(file: Path, folder: Path, caps: PackCaps) -> None:
    """Unpack an archive into a new folder, or put a plain graph there. Raises: Invalid, TooLarge."""
    with file.open("rb") as opened:
        begin = opened.read(4)
    if not begin:
        raise Invalid("upload_empty", "The uploaded file is empty.", field="file")
    folder.mkdir()
    if begin in _ZIP_BEGINS:
        unpack(file, folder, caps)
        return
    if file.stat().st_size > caps.file_bytes:
        raise TooLarge("archive_too_large", f"A graph has at most {caps.file_bytes:,} bytes.", field="file")
    shutil.copyfile(file, folder / "model.onnx")


async def _write_detected(folder: Path, offer: Offer, read_facts: ReadFacts, complete: Complete) -> None:
    if offer.license is None:
        raise Invalid(
            "license_missing", "There is no manifest; give the licence's SPDX id, such as CC-BY-4.0.", field="license"
        )
    graphs = await asyncio.to_thread(graphs_in, folder)
    if len(graphs) != 1 and not (folder / INDEX).is_file():
        raise Invalid(
            "manifest_needed",
            f"There is no artrator.yaml, and {len(graphs)} .onnx files; with exactly one it would not be needed.",
            field="file",
        )
    facts = {graph: await read_facts(folder, graph) for graph in graphs[:MAX_GRAPHS_READ]}
    manifest = await asyncio.to_thread(detect_folder, folder, facts, name=offer.name, license=offer.license)
    manifest = await complete(folder, manifest, facts)
    await asyncio.to_thread((folder / MANIFEST_NAME).write_text, write_manifest(manifest), "utf-8")


def graphs_in(folder: Path) -> Sequence[str]:
    """List the graphs of a bundle's folder."""
    return [path for path in bundle_files(folder) if path.endswith(".onnx")]


def _read_manifest(folder: Path) -> Manifest:
    return read_manifest(manifest_text(folder))


def manifest_text(folder: Path) -> str:
    """Read the manifest's text. Raises: Invalid, TooLarge."""
    path = folder / MANIFEST_NAME
    if path.stat().st_size > MAX_MANIFEST_BYTES:
        raise TooLarge("manifest_too_large", f"artrator.yaml has at most {MAX_MANIFEST_BYTES:,} bytes.", field="file")
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError:
        raise Invalid("manifest_not_utf8", "artrator.yaml must be UTF-8 text.", field="file") from None

"""Say what an upload is and what is still wrong with it, so that its creator mends it before publishing."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from artrator.bundle.config import Pipeline
from artrator.bundle.diffusers_folder import detect_folder
from artrator.bundle.digest import bundle_files
from artrator.bundle.document import Mark, read_document
from artrator.bundle.facts import GraphFacts
from artrator.bundle.faults import Fault, fault_in, line_of
from artrator.bundle.manifest import MANIFEST_NAME, Manifest, example_files, find_faults, write_manifest
from artrator.bundle.pack import PackCaps
from artrator.catalog.intake import (
    MAX_GRAPHS_READ,
    Complete,
    Offer,
    ReadFacts,
    as_detected,
    graphs_in,
    lay_out,
    manifest_text,
)
from artrator.kernel.errors import ArtratorError, Unavailable

_UNCHOSEN = "LicenseRef-unchosen"
_NO_LICENSE = re.compile(r"^license:[ \t]*(''|\"\")?[ \t]*$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """What an upload holds.

    manifest_yaml: what is inside, or was detected; "" where neither. manifest: None unless that is a valid one
    (but for a licence that is still to be chosen). graphs: by path. files: path and size in bytes.
    """

    manifest_yaml: str = ""
    manifest: Manifest | None = None
    detected: bool = False
    files: tuple[tuple[str, int], ...] = ()
    graphs: Mapping[str, GraphFacts] = field(default_factory=dict[str, GraphFacts])
    problems: tuple[Fault, ...] = ()
    needs_license: bool = False

    @property
    def pipeline(self) -> Pipeline | None:
        """The pipeline that will run it, where that is known."""
        return None if self.manifest is None else self.manifest.pipeline


async def inspect(
    offer: Offer, scratch: Path, *, caps: PackCaps, read_facts: ReadFacts, complete: Complete = as_detected
) -> Inspection:
    """Look at an upload inside the folder `scratch`.

    Raises: Invalid, TooLarge where it is no bundle at all; Unavailable. What a creator can mend is in `problems`.
    """
    folder = scratch / "bundle"
    await asyncio.to_thread(lay_out, offer.file, folder, caps)
    files = await asyncio.to_thread(_sizes, folder)
    graphs, unreadable = await _read_graphs(folder, read_facts)
    if (folder / MANIFEST_NAME).is_file():
        text = await asyncio.to_thread(manifest_text, folder)
        manifest, faults = find_faults(text)
        missing = () if manifest is None else missing_files(manifest, text, [path for path, _ in files])
        return Inspection(
            manifest_yaml=text,
            manifest=manifest,
            files=files,
            graphs=graphs,
            problems=(*faults, *missing, *unreadable),
        )
    if unreadable:
        return Inspection(files=files, graphs=graphs, problems=tuple(unreadable))
    try:
        manifest = await asyncio.to_thread(
            detect_folder, folder, graphs, name=offer.name, license=offer.license or _UNCHOSEN
        )
    except ArtratorError as error:
        return Inspection(files=files, graphs=graphs, problems=(fault_in(error),))
    return _detected(await complete(folder, manifest, graphs), offer, files, graphs)


def missing_files(manifest: Manifest, text: str, files: Sequence[str]) -> Sequence[Fault]:
    """Name what a manifest speaks of and the bundle lacks."""
    named = {f"graphs.{role}": path for role, path in manifest.graphs.items()} | dict(example_files(manifest))
    if manifest.lora is not None:
        named["lora.file"] = manifest.lora.file
    if manifest.license_file is not None:
        named["license_file"] = manifest.license_file
    _, marks = read_document(text)
    return [
        Fault(line=_line(marks, place), field=place, message=f"the file {path!r:.80} is not in the bundle")
        for place, path in named.items()
        if path not in files
    ]


def with_license(text: str, license_id: str) -> str:
    """Write the licence into a manifest whose licence is still empty; one that has a licence stays as it is."""
    return _NO_LICENSE.sub(lambda _: f"license: {license_id}", text, count=1)


async def _read_graphs(folder: Path, read_facts: ReadFacts) -> tuple[Mapping[str, GraphFacts], Sequence[Fault]]:
    graphs: dict[str, GraphFacts] = {}
    faults: list[Fault] = []
    for path in (await asyncio.to_thread(graphs_in, folder))[:MAX_GRAPHS_READ]:
        try:
            graphs[path] = await read_facts(folder, path)
        except Unavailable:
            raise
        except ArtratorError as error:
            faults.append(Fault(line=None, field=path, message=error.message))
    return graphs, faults


def _detected(
    manifest: Manifest, offer: Offer, files: tuple[tuple[str, int], ...], graphs: Mapping[str, GraphFacts]
) -> Inspection:
    text = write_manifest(manifest)
    problems: tuple[Fault, ...] = ()
    if offer.license is None:
        text = text.replace(f"license: {_UNCHOSEN}\n", "license: ''\n", 1)
        _, marks = read_document(text)
        problems = (
            Fault(line=_line(marks, "license"), field="license", message="choose a licence: CC-BY-4.0, MIT, …"),
        )
    return Inspection(
        manifest_yaml=text,
        manifest=manifest,
        detected=True,
        files=files,
        graphs=graphs,
        problems=problems,
        needs_license=offer.license is None,
    )


def _line(marks: Mark, place: str) -> int | None:
    steps = [int(step) if step.isdigit() else step for step in place.split(".")]
    return line_of(marks, *steps)


def _sizes(folder: Path) -> tuple[tuple[str, int], ...]:
    return tuple((path, (folder / path).stat().st_size) for path in bundle_files(folder))

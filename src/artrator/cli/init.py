"""`artrator init`: write the manifest that detection would take, to be edited."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from artrator.bundle.diffusers_folder import detect_folder
from artrator.bundle.digest import bundle_files
from artrator.bundle.manifest import MANIFEST_NAME, Manifest, write_manifest
from artrator.bundle.naming import name_from
from artrator.cli.console import say
from artrator.cli.home import HomeOption, read_settings
from artrator.engine.examination.examine import Examiner
from artrator.engine.examination.preview_map import with_preview
from artrator.engine.settings import EngineSettings
from artrator.kernel.errors import Conflict, Invalid, NotFound


def init(
    path: Annotated[Path, typer.Argument(help="a folder with .onnx files, or one .onnx file")],
    license_id: Annotated[str, typer.Option("--license", help="SPDX id")] = "CC-BY-4.0",
    name: Annotated[str | None, typer.Option(help="the model's name; none takes the folder's")] = None,
    force: Annotated[bool, typer.Option("--force", help="replace a manifest that is there")] = False,
    home: HomeOption = None,
) -> None:
    """Read the graphs (in a sandbox) and write artrator.yaml beside them."""
    folder, graphs = _graphs(path)
    manifest_path = folder / MANIFEST_NAME
    if manifest_path.exists() and not force:
        raise Conflict("manifest_exists", f"{manifest_path} is there already; --force replaces it.", field="path")
    called = name or name_from(path.resolve().stem)
    manifest = asyncio.run(_detected(folder, graphs, called, license_id, read_settings(home).engine))
    manifest_path.write_text(write_manifest(manifest))
    say(f"{manifest_path}: {manifest.pipeline.value}")


def _graphs(path: Path) -> tuple[Path, list[str]]:
    if path.is_file() and path.suffix == ".onnx":
        return path.parent, [path.name]
    if not path.is_dir():
        raise NotFound("path_not_found", f"There is no folder or .onnx file {path}.", field="path")
    graphs = [each for each in bundle_files(path) if each.endswith(".onnx")]
    if not graphs:
        raise Invalid("graphs_missing", f"There is no .onnx file in {path}.", field="path")
    return path, graphs


async def _detected(folder: Path, graphs: list[str], name: str, license_id: str, settings: EngineSettings) -> Manifest:
    examiner = Examiner(settings)
    facts = {graph: await examiner.read_facts(folder, graph) for graph in graphs}
    manifest = detect_folder(folder, facts, name=name, license=license_id)
    return await with_preview(examiner, settings.memory_bytes, folder, manifest, facts)

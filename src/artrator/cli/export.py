"""`artrator export`: a diffusers folder or checkpoint of PyTorch becomes a bundle of ONNX graphs."""

from __future__ import annotations

import asyncio
import importlib
import statistics
import tempfile
from pathlib import Path
from types import ModuleType
from typing import Annotated, Literal

import typer

from artrator.bundle.diffusers_folder import detect_folder
from artrator.bundle.digest import bundle_files
from artrator.bundle.manifest import MANIFEST_NAME, Manifest, write_manifest
from artrator.bundle.naming import name_from
from artrator.cli.console import errors, say
from artrator.cli.home import HomeOption, read_settings
from artrator.engine.examination.examine import Examiner
from artrator.engine.settings import EngineSettings
from artrator.kernel.errors import Conflict, Invalid, NotFound

Weights = Literal["fp32", "fp16", "int8"]


def export(
    path: Annotated[Path, typer.Argument(help="a diffusers folder, or a checkpoint of one file")],
    to: Annotated[Path, typer.Option(help="the bundle's folder, which is made")],
    weights: Annotated[Weights, typer.Option(help="how weights are stored; they are multiplied in float32")] = "fp16",
    controlnet: Annotated[Path | None, typer.Option(help="a diffusers folder of a ControlNet for it")] = None,
    like: Annotated[
        Path | None,
        typer.Option(help="for a checkpoint of one file: a diffusers folder with its configs and tokenizer"),
    ] = None,
    license_id: Annotated[str, typer.Option("--license", help="SPDX id")] = "CC-BY-4.0",
    compare: Annotated[bool, typer.Option(help="paint a few pictures and tell how far they are from fp32's")] = True,
    steps: Annotated[int, typer.Option(min=1, max=50, help="of those pictures")] = 10,
    home: HomeOption = None,
) -> None:
    """Export Stable Diffusion 1.x, 2.x or SDXL, open to LoRAs, with a ControlNet or without; needs the extra `train`."""
    for field, given in (("path", path), ("controlnet", controlnet), ("like", like)):
        if given is not None and not given.exists():
            raise NotFound("path_not_found", f"There is no {given}.", field=field)
    if to.exists() and any(to.iterdir()):
        raise Conflict("folder_exists", f"{to} is not empty.", field="to")
    exporting = _recipe("stable_diffusion")
    settings, stored = read_settings(home).engine, _recipe("weights").Stored
    with errors.status("opening …"):
        pipeline = _recipe("opening").open_pipeline(path, like=like, controlnet=controlnet)
    with errors.status("exporting …"):
        exporting.export_pipeline(pipeline, to, stored(weights))
        manifest = asyncio.run(_detected(to, name_from(path.resolve().stem), license_id, settings))
        (to / MANIFEST_NAME).write_text(write_manifest(manifest))
    say(f"{to}: {weights}, {_bytes(to) / 2**20:.1f} MiB")
    if compare and weights != "fp32":
        with tempfile.TemporaryDirectory() as scratch, errors.status("comparing …"):
            whole = Path(scratch, "fp32")
            exporting.export_pipeline(pipeline, whole, stored("fp32"))
            _compare(to, whole, manifest, weights, steps)


def _recipe(name: str) -> ModuleType:
    """Import a part of the exporter. Raises: Invalid where the extra is not installed."""
    try:
        return importlib.import_module(f"artrator.recipes.export.{name}")
    except ModuleNotFoundError as error:
        message = f"There is no {error.name} here; install the extra `train`: pip install 'artrator[train]'."
        raise Invalid("extra_missing", message) from None


async def _detected(folder: Path, name: str, license_id: str, settings: EngineSettings) -> Manifest:
    examiner = Examiner(settings)
    graphs = [each for each in bundle_files(folder) if each.endswith(".onnx")]
    facts = {graph: await examiner.read_facts(folder, graph) for graph in graphs}
    return detect_folder(folder, facts, name=name, license=license_id)


def _compare(small: Path, whole: Path, manifest: Manifest, weights: str, steps: int) -> None:
    quality = _recipe("quality")
    ratios = quality.psnr_db(quality.paint(small, manifest, steps=steps), quality.paint(whole, manifest, steps=steps))
    say(f"{'weights':8}{'MiB':>10}{'PSNR dB, median':>18}{'worst':>8}")
    say(f"{'fp32':8}{_bytes(whole) / 2**20:>10.1f}{'':>18}{'':>8}")
    say(f"{weights:8}{_bytes(small) / 2**20:>10.1f}{statistics.median(ratios):>18.1f}{min(ratios):>8.1f}")


def _bytes(folder: Path) -> int:
    return sum(each.stat().st_size for each in folder.rglob("*") if each.is_file())

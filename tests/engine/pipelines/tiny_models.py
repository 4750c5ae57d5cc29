"""The tiny diffusion models as bundles: each variant's files laid over the plain one's, and the manifest they are detected as."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from artrator.bundle.diffusers_folder import detect_folder
from artrator.bundle.facts import GraphFacts
from artrator.bundle.manifest import Manifest
from artrator.bundle.onnx_reader import read_graph_facts

TINY = Path(__file__).parent / "tiny_diffusion"
VARIANTS = Path(__file__).parent / "tiny_variants"
XL = "xl"


def lay_out(folder: Path, *variants: str) -> Path:
    """Copy the plain model and lay variants over it, in diffusers' layout."""
    shutil.copytree(TINY, folder, dirs_exist_ok=True)
    for variant in variants:
        shutil.copytree(VARIANTS / variant, folder, dirs_exist_ok=True)
        if variant == XL:
            shutil.copytree(TINY / "tokenizer", folder / "tokenizer_2", dirs_exist_ok=True)
            (folder / "tokenizer_2" / "special_tokens_map.json").write_text(json.dumps({"pad_token": "!"}))
    return folder


def facts_of(folder: Path) -> Mapping[str, GraphFacts]:
    """Read every graph of a folder."""
    return {str(path.relative_to(folder)): read_graph_facts(path) for path in sorted(folder.rglob("*.onnx"))}


def detected(folder: Path) -> Manifest:
    """Detect a folder's manifest."""
    return detect_folder(folder, facts_of(folder), name="tiny", license="MIT")


def golden(variant: str) -> dict[str, np.ndarray]:
    """Give the pictures that diffusers painted with a variant."""
    with np.load(VARIANTS / variant / "golden.npz") as file:
        return dict(file)

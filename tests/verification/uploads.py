"""Uploads of graphs that explain themselves."""

from __future__ import annotations

from pathlib import Path

from onnx import ModelProto
from tests.bundle import graphs
from tests.catalog.bundles import zipped

from artrator.bundle.detect import detect
from artrator.bundle.manifest import write_manifest
from artrator.bundle.onnx_reader import read_graph_facts
from artrator.catalog.model import ModelChange, Version, Visibility
from artrator.catalog.service import Catalog
from artrator.identity.user import User


class Atelier:
    """Uploads models of one owner."""

    def __init__(self, catalog: Catalog, folder: Path) -> None:
        self._catalog = catalog
        self._folder = folder

    async def upload(self, owner: User, name: str, built: ModelProto) -> Version:
        """Publish a graph with the manifest that it explains itself with."""
        facts = read_graph_facts(graphs.save(built, self._folder / name))
        manifest = write_manifest(detect({"model.onnx": facts}, name=name, license="MIT"))
        files = {"artrator.yaml": manifest.encode(), "model.onnx": (self._folder / name / "model.onnx").read_bytes()}
        archive = zipped(self._folder / f"{name}.zip", files)
        await self._catalog.create_model(owner, name, ModelChange(wanted_visibility=Visibility.PUBLIC))
        return await self._catalog.add_version(owner.id, owner.handle, name, archive)

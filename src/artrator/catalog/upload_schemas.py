"""Uploads in parts on the wire."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from pydantic import Field, JsonValue

from artrator.bundle.config import Pipeline
from artrator.bundle.facts import TensorSpec
from artrator.bundle.faults import Fault
from artrator.bundle.manifest import Manifest
from artrator.catalog.inspection import Inspection
from artrator.catalog.upload_store import Upload
from artrator.wire.schemas import Reply, Strict

MAX_YAML_LETTERS = 256 * 1024


class NewUploadBody(Strict):
    """A file that is going to be uploaded in parts."""

    file_name: str = Field(min_length=1, max_length=255, description="ends in .zip or .onnx")
    size_bytes: int = Field(gt=0, le=2**53, description="of the whole file")


class UploadReply(Reply):
    """An upload and how far it is."""

    id: str
    file_name: str
    size_bytes: int
    received_bytes: int = Field(description="the next part begins here")
    chunk_bytes: int = Field(description="the largest part that may be sent")
    created_at: datetime
    expires_at: datetime
    version: str | None = Field(description="the digest of the version that it became, once it is published")

    @classmethod
    def of(cls, upload: Upload, chunk_bytes: int) -> UploadReply:
        """Write an upload."""
        return cls(
            id=upload.id,
            file_name=upload.file_name,
            size_bytes=upload.size_bytes,
            received_bytes=upload.received_bytes,
            chunk_bytes=chunk_bytes,
            created_at=upload.created_at,
            expires_at=upload.expires_at,
            version=None if upload.published is None else upload.published[1],
        )


class UploadList(Reply):
    """The caller's uploads that are not published, the newest first."""

    results: Sequence[UploadReply]


class ProblemReply(Reply):
    """One thing that is wrong with a manifest or a bundle."""

    line: int | None = Field(description="of the manifest, counted from 1")
    field: str = Field(description="a dotted path in the manifest, or a file's path")
    message: str


class TensorReply(Reply):
    """An input or output of a graph."""

    name: str
    dtype: str = Field(description="numpy's name")
    dims: Sequence[int | str | None] = Field(description="a number, a symbol's name, or null where unknown")


class GraphReply(Reply):
    """A graph's signature."""

    inputs: Sequence[TensorReply]
    outputs: Sequence[TensorReply]


class BundleFileReply(Reply):
    """A file of a bundle."""

    path: str
    size_bytes: int


class InspectionReply(Reply):
    """What an upload is, and what is still wrong with it."""

    manifest_yaml: str = Field(description="as it is inside or was detected; empty where neither")
    manifest: dict[str, JsonValue] | None = Field(description="the same as JSON, where it is valid")
    detected: bool = Field(description="there was no manifest inside; this one was read off the graph")
    pipeline: Pipeline | None
    files: Sequence[BundleFileReply]
    graphs: dict[str, GraphReply]
    problems: Sequence[ProblemReply]

    @classmethod
    def of(cls, found: Inspection) -> InspectionReply:
        """Write an inspection."""
        manifest = manifest_json(found.manifest)
        if manifest is not None and found.needs_license:
            manifest["license"] = ""
        return cls(
            manifest_yaml=found.manifest_yaml,
            manifest=manifest,
            detected=found.detected,
            pipeline=found.pipeline,
            files=[BundleFileReply(path=path, size_bytes=size_bytes) for path, size_bytes in found.files],
            graphs={
                path: GraphReply(inputs=_tensors(facts.inputs), outputs=_tensors(facts.outputs))
                for path, facts in found.graphs.items()
            },
            problems=problem_replies(found.problems),
        )


class PublishUploadBody(Strict):
    """What an upload is to become."""

    name: str = Field(max_length=64, description="of the model; it is created where it is missing")
    manifest_yaml: str | None = Field(
        default=None, max_length=MAX_YAML_LETTERS, description="takes the place of the manifest inside"
    )
    license: str | None = Field(
        default=None, max_length=200, description="an SPDX id; needed where the manifest names none"
    )


class ManifestBody(Strict):
    """A manifest to be checked."""

    yaml: str = Field(max_length=MAX_YAML_LETTERS)


class ManifestCheckReply(Reply):
    """Every fault of a manifest; none means that it is valid."""

    problems: Sequence[ProblemReply]
    manifest: dict[str, JsonValue] | None

    @classmethod
    def of(cls, manifest: Manifest | None, faults: Iterable[Fault]) -> ManifestCheckReply:
        """Write what was found."""
        return cls(problems=problem_replies(faults), manifest=manifest_json(manifest))


def manifest_json(manifest: Manifest | None) -> dict[str, JsonValue] | None:
    """Write a manifest as JSON."""
    return None if manifest is None else manifest.model_dump(mode="json")


def problem_replies(faults: Iterable[Fault]) -> Sequence[ProblemReply]:
    """Write faults."""
    return [ProblemReply(line=fault.line, field=fault.field, message=fault.message) for fault in faults]


def _tensors(specs: Iterable[TensorSpec]) -> Sequence[TensorReply]:
    return [TensorReply(name=spec.name, dtype=spec.dtype, dims=spec.dims) for spec in specs]

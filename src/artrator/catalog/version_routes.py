"""Versions over HTTP, publishing among them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Path, Query, Request
from pydantic import JsonValue

from artrator.catalog.bodies import NO_NUL
from artrator.catalog.rules import read_digest
from artrator.catalog.schemas import VersionDetailReply, VersionPage, version_detail_reply
from artrator.catalog.upload import receive_upload
from artrator.catalog.wire import CatalogService, ModelName, OwnerName, id_of
from artrator.identity.caller import MaybeCaller, Publisher
from artrator.kernel.errors import Invalid

router = APIRouter()

VersionId = Annotated[str, Path(max_length=200, description="the version's digest")]

_UPLOAD: dict[str, JsonValue] = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["file"],
                "properties": {
                    "file": {"type": "string", "format": "binary", "description": "a bundle as .zip, or an .onnx file"},
                    "license": {"type": "string", "description": "an SPDX id; needed where there is no manifest"},
                },
            }
        },
        "application/zip": {"schema": {"type": "string", "format": "binary"}},
        "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
    },
}


@router.get("/v1/models/{owner}/{name}/versions")
async def list_versions(owner: OwnerName, name: ModelName, catalog: CatalogService, caller: MaybeCaller) -> VersionPage:
    """List a model's versions, newest first: those that passed verification, to the owner all."""
    found = await catalog.list_versions(owner, name, id_of(caller))
    return VersionPage(results=[version_detail_reply(version) for version in found])


@router.get("/v1/models/{owner}/{name}/versions/{version}")
async def get_version(
    *, owner: OwnerName, name: ModelName, version: VersionId, catalog: CatalogService, caller: MaybeCaller
) -> VersionDetailReply:
    """Read a version, whatever its status."""
    _, found = await catalog.get_version(owner, name, read_digest(version), id_of(caller))
    return version_detail_reply(found)


@router.post("/v1/models/{owner}/{name}/versions", status_code=201, openapi_extra={"requestBody": _UPLOAD})
async def add_version(
    *,
    request: Request,
    owner: OwnerName,
    name: ModelName,
    catalog: CatalogService,
    caller: Publisher,
    license_id: Annotated[str | None, Query(alias="license", max_length=200, pattern=NO_NUL)] = None,
    _idempotency_key: Annotated[
        str | None, Header(alias="Idempotency-Key", max_length=255, description="not needed: a bundle is its own key")
    ] = None,
) -> VersionDetailReply:
    """Publish a bundle, or a plain .onnx file, as a version. The same bundle again answers with the same version."""
    await catalog.publishable(caller.id, owner, name)
    with catalog.publisher.scratch_file() as file:
        texts = await receive_upload(request, file, max_bytes=catalog.settings.max_upload_bytes)
        unknown = texts.keys() - {"license"}
        if unknown:
            raise Invalid("field_unknown", "The form's fields are `file` and `license`.", field=min(unknown)[:40])
        version = await catalog.add_version(caller.id, owner, name, file, license_id=texts.get("license") or license_id)
    return version_detail_reply(version)

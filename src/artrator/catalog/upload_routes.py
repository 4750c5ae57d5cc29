"""Uploads in parts over HTTP, what they hold, and what they become."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import JsonValue

from artrator.bundle.manifest import find_faults
from artrator.catalog.schemas import VersionDetailReply, version_detail_reply
from artrator.catalog.upload import receive_part
from artrator.catalog.upload_parts import Uploads
from artrator.catalog.upload_schemas import (
    InspectionReply,
    ManifestBody,
    ManifestCheckReply,
    NewUploadBody,
    PublishUploadBody,
    UploadList,
    UploadReply,
)
from artrator.identity.caller import Caller, Publisher
from artrator.wire.provide import provided

router = APIRouter(prefix="/v1")

Service = Annotated[Uploads, Depends(provided(Uploads))]
UploadId = Annotated[str, Path(max_length=64)]
Offset = Annotated[int, Query(ge=0, le=2**53, description="where the part begins: the bytes that are here already")]

_PART: dict[str, JsonValue] = {
    "required": True,
    "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
}


@router.post("/uploads", status_code=201)
async def start_upload(body: NewUploadBody, caller: Publisher, uploads: Service) -> UploadReply:
    """Begin to upload a bundle in parts; it may go on after a lost connection, for a day."""
    return UploadReply.of(await uploads.start(caller, body.file_name, body.size_bytes), uploads.part_bytes)


@router.get("/uploads")
async def list_uploads(caller: Publisher, uploads: Service) -> UploadList:
    """List the caller's uploads that are not published."""
    found = await uploads.list_open(caller.id)
    return UploadList(results=[UploadReply.of(upload, uploads.part_bytes) for upload in found])


@router.get("/uploads/{upload_id}")
async def get_upload(upload_id: UploadId, caller: Publisher, uploads: Service) -> UploadReply:
    """Tell how far an upload is."""
    return UploadReply.of(await uploads.get(caller.id, upload_id), uploads.part_bytes)


@router.put("/uploads/{upload_id}", openapi_extra={"requestBody": _PART})
async def add_upload_part(
    request: Request, upload_id: UploadId, offset: Offset, caller: Publisher, uploads: Service
) -> UploadReply:
    """Send the next part; after 409 `upload_offset_wrong`, go on at the fact `received_bytes`."""
    await uploads.expect(caller.id, upload_id, offset)
    part = await receive_part(request, max_bytes=uploads.part_bytes)
    return UploadReply.of(await uploads.append(caller.id, upload_id, offset, part), uploads.part_bytes)


@router.delete("/uploads/{upload_id}", status_code=204)
async def delete_upload(upload_id: UploadId, caller: Publisher, uploads: Service) -> None:
    """Give an upload up."""
    await uploads.delete(caller.id, upload_id)


@router.post("/uploads/{upload_id}/inspect")
async def inspect_upload(upload_id: UploadId, caller: Publisher, uploads: Service) -> InspectionReply:
    """Say what an upload holds, which manifest fits, and what is still wrong."""
    return InspectionReply.of(await uploads.inspect(caller.id, upload_id))


@router.post("/uploads/{upload_id}/publish", status_code=201)
async def publish_upload(
    upload_id: UploadId, body: PublishUploadBody, caller: Publisher, uploads: Service
) -> VersionDetailReply:
    """Make an upload a version, and its model where it is missing. Asking again answers with the same version."""
    version = await uploads.publish(
        caller, upload_id, body.name, manifest=body.manifest_yaml, license_id=body.license or None
    )
    return version_detail_reply(version)


@router.post("/manifests/check")
async def check_manifest(body: ManifestBody, _caller: Caller) -> ManifestCheckReply:
    """Check a manifest while it is being written: every fault with its line and field."""
    return ManifestCheckReply.of(*await asyncio.to_thread(find_faults, body.yaml))

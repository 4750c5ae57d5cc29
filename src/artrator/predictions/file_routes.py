"""Uploaded files over HTTP, as Replicate's API has them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Path, UploadFile
from fastapi.responses import RedirectResponse
from pydantic import JsonValue, TypeAdapter

from artrator.identity.caller import Runner
from artrator.kernel.errors import Invalid
from artrator.kernel.ids import FileId
from artrator.predictions.files import NewFile
from artrator.predictions.schemas import FileList, FileReply
from artrator.predictions.service import Predictions
from artrator.storage.media_types import UNKNOWN
from artrator.wire.provide import provided

router = APIRouter(prefix="/v1/files", tags=["files"])

Service = Annotated[Predictions, Depends(provided(Predictions))]
FileIdText = Annotated[str, Path(alias="file_id", max_length=64)]

CHUNK_BYTES = 1 << 20
MAX_NAME_LENGTH = 255
MAX_METADATA_LENGTH = 4096
_METADATA = TypeAdapter(dict[str, JsonValue])


@router.post("", status_code=HTTPStatus.CREATED)
async def create_file(
    caller: Runner,
    service: Service,
    content: UploadFile,
    metadata: Annotated[str, Form(max_length=MAX_METADATA_LENGTH, description="a JSON object")] = "{}",
) -> FileReply:
    """Upload a file to use as an input."""
    new = NewFile(
        name=_printable(content.filename or "file"),
        media_type=_printable(content.content_type or UNKNOWN),
        metadata=_object(metadata),
        content=_chunks(content),
    )
    return service.views.file(await service.files.upload(caller.id, new))


@router.get("")
async def list_files(caller: Runner, service: Service) -> FileList:
    """List the caller's newest files."""
    return FileList(results=[service.views.file(file) for file in await service.files.list_newest(caller.id)])


@router.get("/{file_id}")
async def get_file(caller: Runner, service: Service, file_id: FileIdText) -> FileReply:
    """Give one of the caller's files."""
    return service.views.file(await service.files.get(caller.id, FileId(file_id)))


@router.get("/{file_id}/download", status_code=HTTPStatus.TEMPORARY_REDIRECT, response_class=RedirectResponse)
async def download_file(caller: Runner, service: Service, file_id: FileIdText) -> str:
    """Lead to the content of one of the caller's files."""
    return service.views.link((await service.files.get(caller.id, FileId(file_id))).key)


@router.delete("/{file_id}", status_code=HTTPStatus.NO_CONTENT)
async def delete_file(caller: Runner, service: Service, file_id: FileIdText) -> None:
    """Delete one of the caller's files."""
    await service.files.delete(caller.id, FileId(file_id))


async def _chunks(upload: UploadFile) -> AsyncIterator[bytes]:
    while chunk := await upload.read(CHUNK_BYTES):
        yield chunk


def _printable(text: str) -> str:
    return "".join(letter for letter in text if letter.isprintable())[:MAX_NAME_LENGTH] or "file"


def _object(text: str) -> dict[str, JsonValue]:
    try:
        if "\\u0000" in text:
            raise ValueError("a zero byte, which the database does not keep")
        return _METADATA.validate_json(text)
    except ValueError as error:
        message = "The metadata is not a JSON object, or holds a zero byte."
        raise Invalid("metadata_malformed", message, field="metadata") from error

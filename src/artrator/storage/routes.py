"""Serve blobs to whoever holds a signed link, so that nothing that a stranger uploaded ever runs in our origin."""

from __future__ import annotations

from http import HTTPStatus
from pathlib import PurePosixPath
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path, Query, Request
from fastapi.responses import Response, StreamingResponse

from artrator.storage.blobs import BlobHead, Blobs
from artrator.storage.keys import check_key
from artrator.storage.media_types import is_shown_in_place
from artrator.storage.ranges import NotSatisfiable, Span, read_range
from artrator.storage.signing import UrlSigner
from artrator.wire.provide import provided

router = APIRouter(tags=["blobs"])


def blob_path(key: str) -> str:
    """Tell where a blob is served; sign this."""
    return f"/blobs/{check_key(key)}"


def headers_of(key: str, head: BlobHead, *, max_age_s: int) -> dict[str, str]:
    """Write the headers that every answer with a blob carries."""
    shown = "inline" if is_shown_in_place(head.media_type) else "attachment"
    return {
        "Accept-Ranges": "bytes",
        "ETag": quoted(head.etag),
        "Cache-Control": f"private, max-age={max_age_s}, immutable",
        "Content-Disposition": f'{shown}; filename="{PurePosixPath(key).name}"',
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }


def quoted(etag: str) -> str:
    """Put an entity tag into quotes unless it has them."""
    return etag if etag.startswith('"') else f'"{etag}"'


@router.head("/blobs/{key:path}", include_in_schema=False)
@router.get(
    "/blobs/{key:path}",
    response_class=Response,
    responses={
        200: {"description": "The blob", "content": {"*/*": {}}},
        206: {"description": "The part of the blob that Range asks for", "content": {"*/*": {}}},
        304: {"description": "The caller's copy is still the same"},
        403: {"description": "The link is not ours, or has expired"},
        404: {"description": "There is no such blob"},
        416: {"description": "The blob has no such bytes"},
    },
)
async def read_blob(
    *,
    request: Request,
    blobs: Annotated[Blobs, Depends(provided(Blobs))],
    signer: Annotated[UrlSigner, Depends(provided(UrlSigner))],
    key: Annotated[str, Path(max_length=512)],
    expires: Annotated[int, Query(ge=0, le=2**53, description="seconds since 1970 at which the link ends")],
    signature: Annotated[str, Query(max_length=128)],
    range_header: Annotated[str | None, Header(alias="Range")] = None,
    if_none_match: Annotated[str | None, Header()] = None,
    if_range: Annotated[str | None, Header()] = None,
) -> Response:
    """Read a blob, whole or one range of it, by a signed link."""
    signer.check(f"/blobs/{key}", expires, signature)
    head = await blobs.head(key)
    headers = headers_of(key, head, max_age_s=signer.remaining_s(expires))
    etag = headers["ETag"]
    if if_none_match is not None and ("*" in if_none_match or etag in if_none_match):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    if if_range is not None and if_range.strip() != etag:
        range_header = None
    try:
        span = read_range(range_header, head.size_bytes)
    except NotSatisfiable:
        headers["Content-Range"] = f"bytes */{head.size_bytes}"
        return Response(status_code=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, headers=headers)
    window = span or Span(0, head.size_bytes)
    headers["Content-Length"] = str(window.end - window.start)
    headers["Content-Type"] = head.media_type
    status = HTTPStatus.OK
    if span is not None:
        headers["Content-Range"] = f"bytes {span.start}-{span.end - 1}/{head.size_bytes}"
        status = HTTPStatus.PARTIAL_CONTENT
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers)
    return StreamingResponse(blobs.stream(key, window.start, window.end), status_code=status, headers=headers)

"""Serve thumbnails of outputs to whoever holds a signed link."""

from __future__ import annotations

from enum import IntEnum
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import Response

from artrator.predictions.service import Predictions
from artrator.predictions.thumbnails import MEDIA_TYPE, WIDTHS_PX, thumbnail_path
from artrator.storage.routes import headers_of
from artrator.storage.signing import UrlSigner
from artrator.wire.provide import provided

router = APIRouter(tags=["predictions"])


class Width(IntEnum):
    """The widths of `WIDTHS_PX`; a literal would not be read from a query."""

    SMALL = WIDTHS_PX[0]
    LARGE = WIDTHS_PX[1]


@router.get(
    "/thumbnails/{key:path}",
    response_class=Response,
    responses={200: {"description": "The picture", "content": {MEDIA_TYPE: {}}}},
)
async def read_thumbnail(
    *,
    service: Annotated[Predictions, Depends(provided(Predictions))],
    signer: Annotated[UrlSigner, Depends(provided(UrlSigner))],
    key: Annotated[str, Path(max_length=512)],
    expires: Annotated[int, Query(ge=0, le=2**53, description="seconds since 1970 at which the link ends")],
    signature: Annotated[str, Query(max_length=128)],
    w: Annotated[Width, Query(description="pixels, at most")] = Width.SMALL,
) -> Response:
    """Read an output's thumbnail by a signed link."""
    signer.check(thumbnail_path(key), expires, signature)
    blob_key, head, data = await service.thumbnails.read(key, w)
    headers = headers_of(blob_key, head, max_age_s=signer.remaining_s(expires))
    headers.pop("Accept-Ranges")
    return Response(data, media_type=MEDIA_TYPE, headers=headers)

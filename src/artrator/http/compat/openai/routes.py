"""OpenAI's addresses for pictures, below `/openai/v1`: its clients work with only the base URL and the key changed."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response, StreamingResponse
from pydantic import ValidationError
from starlette.datastructures import UploadFile

from artrator.bundle.config import Pipeline
from artrator.catalog.listing import Filters
from artrator.catalog.listing import Order as ListOrder
from artrator.catalog.model import Listed
from artrator.catalog.service import Catalog
from artrator.http.compat.openai.pictures import Order, Pictures
from artrator.http.compat.openai.plan import IMAGE, MASK
from artrator.http.compat.openai.schemas import ImageGeneration, ImagesReply, ModelEntries, ModelEntry
from artrator.http.compat.openai.stream import stream_picture
from artrator.identity.caller import MaybeCaller, Runner
from artrator.kernel.errors import Invalid
from artrator.predictions.create_headers import MAX_KEY_LETTERS
from artrator.predictions.prediction import Source
from artrator.predictions.service import Predictions
from artrator.wire.provide import provided

MAX_MODELS = 100
router = APIRouter(prefix="/openai/v1", tags=["openai"])

Models = Annotated[Catalog, Depends(provided(Catalog))]
Runs = Annotated[Predictions, Depends(provided(Predictions))]
Word = Annotated[str, Path(max_length=64)]
Key = Annotated[str | None, Header(alias="Idempotency-Key", max_length=MAX_KEY_LETTERS)]

REPLIES: dict[int | str, dict[str, Any]] = {
    200: {"description": "The pictures, or with `stream` server-sent events", "content": {"text/event-stream": {}}}
}
EDIT_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["model", "prompt", "image"],
                    "properties": {
                        "image": {"type": "string", "format": "binary"},
                        "mask": {"type": "string", "format": "binary", "description": "transparent where to paint"},
                        "model": {"type": "string"},
                        "prompt": {"type": "string"},
                    },
                    "additionalProperties": True,
                }
            }
        },
    }
}


@router.get("/models")
async def list_image_models(caller: MaybeCaller, models: Models) -> ModelEntries:
    """List models that make pictures of prompts."""
    viewer = None if caller is None else caller.id
    filters = Filters(pipeline=Pipeline.TEXT_TO_IMAGE)
    page = await models.list_models(filters, ListOrder.POPULAR, viewer=viewer, limit=MAX_MODELS)
    return ModelEntries(data=[_entry(each) for each in page.rows])


@router.get("/models/{owner}/{name}")
async def get_image_model(caller: MaybeCaller, models: Models, owner: Word, name: Word) -> ModelEntry:
    """Describe one."""
    return _entry(await models.get_model(owner, name, None if caller is None else caller.id))


@router.post("/images/generations", response_model=ImagesReply, responses=REPLIES)
async def create_images(
    *, caller: Runner, request: Request, models: Models, runs: Runs, body: ImageGeneration, key: Key = None
) -> ImagesReply | Response:
    """Paint pictures of a prompt."""
    order = Order(user=caller, asked=body, files={}, source=_source(request), idempotency_key=key)
    return await _answer(Pictures(models, runs), runs, order)


@router.post("/images/edits", response_model=ImagesReply, responses=REPLIES, openapi_extra=EDIT_BODY)
async def create_image_edits(
    *, caller: Runner, request: Request, models: Models, runs: Runs, key: Key = None
) -> ImagesReply | Response:
    """Paint over a picture, or within the transparent part of a mask."""
    asked, files = await _read_form(request)
    order = Order(user=caller, asked=asked, files=files, source=_source(request), idempotency_key=key)
    return await _answer(Pictures(models, runs), runs, order)


async def _answer(pictures: Pictures, runs: Predictions, order: Order) -> ImagesReply | Response:
    if not order.asked.stream:
        return await pictures.make(order)
    row = await pictures.begin(order)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(
        stream_picture(pictures, runs, order, row), media_type="text/event-stream", headers=headers
    )


async def _read_form(request: Request) -> tuple[ImageGeneration, dict[str, bytes]]:
    """Read an edit. Raises: Invalid, RequestValidationError."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise Invalid("content_type_unsupported", "Send an edit as multipart/form-data.")
    files: dict[str, bytes] = {}
    fields: dict[str, object] = {}
    async with request.form(max_files=4, max_fields=60) as form:
        for sent, value in form.multi_items():
            name = sent.removesuffix("[]")
            if isinstance(value, UploadFile):
                if name not in {IMAGE, MASK} or name in files:
                    raise Invalid(
                        "edit_of_several", "An edit takes one `image` and at most one `mask`.", field=name[:40]
                    )
                files[name] = await value.read()
            else:
                fields[name] = value
    if IMAGE not in files:
        raise Invalid("input_missing", "An edit needs the picture that it edits, as the file `image`.", field=IMAGE)
    try:
        return ImageGeneration.model_validate(fields), files
    except ValidationError as error:
        raise RequestValidationError(error.errors()) from None


def _source(request: Request) -> Source:
    return Source.API if "authorization" in request.headers else Source.WEB


def _entry(listed: Listed) -> ModelEntry:
    model = listed.model
    return ModelEntry(id=f"{model.owner}/{model.name}", created=int(model.created_at.timestamp()), owned_by=model.owner)

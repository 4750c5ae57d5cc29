"""Predictions over HTTP, as Replicate's API has them."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from fastapi.responses import StreamingResponse

from artrator.identity.caller import MaybeCaller, Runner
from artrator.predictions.composition import LoraRef, VersionRef
from artrator.predictions.create_headers import (
    MAX_CANCEL_AFTER_LETTERS,
    MAX_KEY_LETTERS,
    MAX_PREFER_LETTERS,
    CreateHeaders,
)
from artrator.predictions.prediction import Prediction
from artrator.predictions.schemas import (
    ArchiveRequest,
    NewModelPrediction,
    NewPrediction,
    PredictionListQuery,
    PredictionPage,
    PredictionReply,
    QuoteQuery,
    QuoteReply,
    Receipt,
    WebhookSecret,
)
from artrator.predictions.service import Predictions
from artrator.predictions.submit import NewRun
from artrator.predictions.view import quote_reply
from artrator.wire.provide import provided

router = APIRouter(prefix="/v1", tags=["predictions"])

Service = Annotated[Predictions, Depends(provided(Predictions))]
PredictionIdText = Annotated[str, Path(alias="prediction_id", max_length=64)]

CREATED: dict[int | str, dict[str, Any]] = {
    201: {"description": "The prediction: ended, or (without `Prefer: wait`) accepted"},
    202: {"description": "The wait is over and the prediction goes on; poll `urls.get`"},
}


async def _read_headers(
    request: Request,
    prefer: Annotated[
        str | None, Header(max_length=MAX_PREFER_LETTERS, description="wait, or wait=1 to wait=60 seconds")
    ] = None,
    cancel_after: Annotated[
        str | None, Header(max_length=MAX_CANCEL_AFTER_LETTERS, description="30, 90s, 1h30m; at least 5 s")
    ] = None,
    idempotency_key: Annotated[
        str | None,
        Header(max_length=MAX_KEY_LETTERS, description="the same key with the same body makes one prediction"),
    ] = None,
) -> CreateHeaders:
    # async although it waits for nothing: FastAPI calls plain functions in a thread
    return CreateHeaders.read(
        prefer=prefer,
        cancel_after=cancel_after,
        idempotency_key=idempotency_key,
        by_key="authorization" in request.headers,
    )


Headers = Annotated[CreateHeaders, Depends(_read_headers)]


@router.post("/predictions", status_code=HTTPStatus.CREATED, responses=CREATED)
async def create_prediction(
    caller: Runner, service: Service, body: NewPrediction, headers: Headers, response: Response
) -> PredictionReply:
    """Run a version."""
    new = _with_more(headers.new_run(caller, VersionRef.read(body.version), body.input), body)
    return _reply(service, await service.submission.submit(new), headers, response)


@router.post("/models/{owner}/{name}/predictions", status_code=HTTPStatus.CREATED, responses=CREATED)
async def create_model_prediction(
    *,
    caller: Runner,
    service: Service,
    owner: Annotated[str, Path(max_length=64)],
    name: Annotated[str, Path(max_length=64)],
    body: NewModelPrediction,
    headers: Headers,
    response: Response,
) -> PredictionReply:
    """Run a model's newest version that passed."""
    new = _with_more(headers.new_run(caller, VersionRef(owner=owner, name=name), body.input), body)
    return _reply(service, await service.submission.submit(new), headers, response)


@router.get("/models/{owner}/{name}/quote")
async def quote_run(
    *,
    caller: MaybeCaller,
    service: Service,
    owner: Annotated[str, Path(max_length=64)],
    name: Annotated[str, Path(max_length=64)],
    query: Annotated[QuoteQuery, Query()],
) -> QuoteReply:
    """Say what a run of a model would cost, with LoRAs or without, and how that is split."""
    loras = [LoraRef(version=VersionRef.read(each)) for each in query.lora]
    viewer = None if caller is None else caller.id
    return quote_reply(await service.quotes.quote(VersionRef(owner=owner, name=name), loras, viewer))


@router.get("/predictions")
async def list_predictions(
    caller: Runner, service: Service, query: Annotated[PredictionListQuery, Query()]
) -> PredictionPage:
    """List the caller's predictions, newest first."""
    page = await service.reader.list_page(caller.id, query.wanted(), cursor=query.cursor, rows=query.limit)
    return service.views.page(page, asked=query.asked())


@router.post(
    "/predictions/archive",
    response_class=StreamingResponse,
    responses={200: {"description": "The files and `inputs.json`", "content": {"application/zip": {}}}},
)
async def archive_predictions(caller: Runner, service: Service, body: ArchiveRequest) -> StreamingResponse:
    """Download the outputs of several predictions, and what made them, as one zip file."""
    chunks = service.archive(await service.reader.get_many(caller.id, body.ids))
    headers = {"Content-Disposition": 'attachment; filename="predictions.zip"'}
    return StreamingResponse(chunks, media_type="application/zip", headers=headers)


@router.get("/predictions/{prediction_id}")
async def get_prediction(caller: Runner, service: Service, prediction_id: PredictionIdText) -> PredictionReply:
    """Give one of the caller's predictions; links to its files are fresh."""
    return service.views.prediction(await service.reader.get(caller.id, prediction_id))


@router.post("/predictions/{prediction_id}/cancel")
async def cancel_prediction(caller: Runner, service: Service, prediction_id: PredictionIdText) -> PredictionReply:
    """Stop the work and give the price back; a prediction that ended stays as it is."""
    return service.views.prediction(await service.cancellation.cancel(caller.id, prediction_id))


@router.delete("/predictions/{prediction_id}", status_code=HTTPStatus.NO_CONTENT)
async def delete_prediction(caller: Runner, service: Service, prediction_id: PredictionIdText) -> None:
    """Delete a prediction that ended, with its files."""
    await service.reader.delete(caller.id, prediction_id)


@router.get("/predictions/{prediction_id}/receipt")
async def get_receipt(caller: Runner, service: Service, prediction_id: PredictionIdText) -> Receipt:
    """Give what a prediction did, with what, in which time, at what price."""
    return service.views.receipt(await service.reader.get(caller.id, prediction_id))


@router.get(
    "/predictions/{prediction_id}/stream",
    response_class=StreamingResponse,
    responses={200: {"description": "Server-sent events", "content": {"text/event-stream": {}}}},
)
async def stream_prediction(
    caller: Runner,
    service: Service,
    prediction_id: PredictionIdText,
    last_event_id: Annotated[str | None, Header(max_length=100)] = None,
    progress: Annotated[bool, Query(description="also send `progress` events, with previews where there are")] = False,
) -> StreamingResponse:
    """Follow a prediction: `output`, `logs`, `error`, `done`."""
    events = await service.streams.open(caller, prediction_id, last_event_id=last_event_id, progress=progress)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(events, media_type="text/event-stream", headers=headers)


@router.get("/webhooks/default/secret")
async def get_webhook_secret(caller: Runner, service: Service, response: Response) -> WebhookSecret:
    """Give the secret that signs the caller's webhooks."""
    response.headers["Cache-Control"] = "no-store"
    return WebhookSecret(key=await service.webhooks.secret(caller.id))


def _with_more(new: NewRun, body: NewModelPrediction) -> NewRun:
    webhook, events = body.hook()
    loras = tuple(LoraRef(version=VersionRef.read(each.version), weight=each.weight) for each in body.loras)
    return replace(new, webhook=webhook, webhook_events=events, loras=loras)


def _reply(service: Predictions, row: Prediction, headers: CreateHeaders, response: Response) -> PredictionReply:
    applied = headers.preference_applied
    if applied is not None:
        response.headers["Preference-Applied"] = applied
    response.status_code = headers.status_of(row)
    return service.views.prediction(headers.shown(row))

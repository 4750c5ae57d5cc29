"""Walks over HTTP."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path, Query
from fastapi.responses import StreamingResponse

from artrator.identity.caller import Runner
from artrator.predictions.create_headers import MAX_KEY_LETTERS
from artrator.walks.film import FilmFormat
from artrator.walks.schemas import (
    FilmReply,
    FrameList,
    NewWalk,
    WalkListQuery,
    WalkPage,
    WalkQuote,
    WalkReply,
)
from artrator.walks.service import Walks
from artrator.walks.walk import MAX_FPS
from artrator.wire.provide import provided

router = APIRouter(prefix="/v1/walks", tags=["walks"])

Service = Annotated[Walks, Depends(provided(Walks))]
WalkIdText = Annotated[str, Path(alias="walk_id", max_length=64)]
KeyHeader = Annotated[
    str | None, Header(max_length=MAX_KEY_LETTERS, description="the same key with the same body makes one walk")
]
Fps = Annotated[int | None, Query(ge=1, le=MAX_FPS, description="frames a second; the walk's own if absent")]


@router.post("", status_code=HTTPStatus.CREATED)
async def create_walk(caller: Runner, service: Service, body: NewWalk, idempotency_key: KeyHeader = None) -> WalkReply:
    """Walk through keyframes: the price of all frames is held, and frames land from now on."""
    walk = await service.creation.create(caller, body.wanted(), idempotency_key)
    return await service.show(walk)


@router.post("/quote")
async def quote_walk(caller: Runner, service: Service, body: NewWalk) -> WalkQuote:
    """Tell what a walk would cost; nothing is held."""
    return service.views.quote(await service.creation.quote(caller, body.wanted()))


@router.get("")
async def list_walks(caller: Runner, service: Service, query: Annotated[WalkListQuery, Query()]) -> WalkPage:
    """List the caller's walks, newest first."""
    page = await service.reader.list_page(caller.id, cursor=query.cursor, rows=query.limit)
    return await service.show_page(page, asked=query.asked())


@router.get("/{walk_id}")
async def get_walk(caller: Runner, service: Service, walk_id: WalkIdText) -> WalkReply:
    """Give one of the caller's walks; links are fresh."""
    return await service.show(await service.reader.get(caller.id, walk_id))


@router.post("/{walk_id}/cancel")
async def cancel_walk(caller: Runner, service: Service, walk_id: WalkIdText) -> WalkReply:
    """Stop a walk: what is rendered is paid and kept, the rest of the price goes back."""
    return await service.show(await service.cancellation.cancel(caller.id, walk_id))


@router.delete("/{walk_id}", status_code=HTTPStatus.NO_CONTENT)
async def delete_walk(caller: Runner, service: Service, walk_id: WalkIdText) -> None:
    """Delete a walk that ended, with its frames and films."""
    await service.erasure.delete(caller.id, walk_id)


@router.get("/{walk_id}/frames")
async def list_walk_frames(caller: Runner, service: Service, walk_id: WalkIdText) -> FrameList:
    """List the frames that are rendered, in the order of the path."""
    walk = await service.reader.get(caller.id, walk_id)
    return FrameList(results=[service.views.frame(each) for each in await service.reader.frames(walk)])


@router.get(
    "/{walk_id}/stream",
    response_class=StreamingResponse,
    responses={200: {"description": "Server-sent events", "content": {"text/event-stream": {}}}},
)
async def stream_walk(
    caller: Runner,
    service: Service,
    walk_id: WalkIdText,
    last_event_id: Annotated[str | None, Header(max_length=100)] = None,
) -> StreamingResponse:
    """Follow a walk: `walk` with the walk, `frame` with each frame that lands or changes, `done` at its end."""
    events = await service.streams.open(caller, walk_id, last_event_id=last_event_id)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(events, media_type="text/event-stream", headers=headers)


@router.put("/{walk_id}/films/{format}")
async def make_walk_film(
    *,
    caller: Runner,
    service: Service,
    walk_id: WalkIdText,
    film_format: Annotated[FilmFormat, Path(alias="format")],
    fps: Fps = None,
) -> FilmReply:
    """Write a film of the frames that are rendered; one that is up to date stays as it is."""
    walk = await service.reader.get(caller.id, walk_id)
    return service.views.film(await service.films.make(walk, film_format, fps))


@router.get("/{walk_id}/films/{format}")
async def get_walk_film(
    *,
    caller: Runner,
    service: Service,
    walk_id: WalkIdText,
    film_format: Annotated[FilmFormat, Path(alias="format")],
) -> FilmReply:
    """Tell how far a film is, and where."""
    walk = await service.reader.get(caller.id, walk_id)
    return service.views.film(await service.films.get(walk, film_format))

"""The routes that every run passes, without the framework (`wire/bare.py`); `routes.py` documents the same addresses."""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

import msgspec

from artrator.identity.caller import caller_of
from artrator.identity.scope import Scope
from artrator.identity.user import User
from artrator.predictions.composition import VersionRef
from artrator.predictions.create_headers import (
    MAX_CANCEL_AFTER_LETTERS,
    MAX_KEY_LETTERS,
    MAX_PREFER_LETTERS,
    CreateHeaders,
)
from artrator.predictions.prediction import Json
from artrator.predictions.service import Predictions
from artrator.wire.bare import JSON, BareReply, BareRequest, NotBare, bare_route

_Input = Annotated[dict[str, Any], msgspec.Meta(max_length=200)]
_encode = msgspec.json.Encoder().encode

Body = TypeVar("Body")


class _NewModelPrediction(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """The usual part of `schemas.NewModelPrediction`; a body with more goes to the documented route."""

    input: _Input = {}


class _NewPrediction(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    version: Annotated[str, msgspec.Meta(max_length=300)]
    input: _Input = {}


_new_model_prediction = msgspec.json.Decoder(_NewModelPrediction)
_new_prediction = msgspec.json.Decoder(_NewPrediction)


async def _create_prediction(request: BareRequest) -> BareReply:
    caller = await caller_of(request, Scope.RUN)
    body = _read(request, _new_prediction)
    return await _create(request, caller, VersionRef.read(body.version), body.input)


async def _create_model_prediction(request: BareRequest) -> BareReply:
    caller = await caller_of(request, Scope.RUN)
    body = _read(request, _new_model_prediction)
    owner, name = request.words
    return await _create(request, caller, VersionRef(owner=owner, name=name), body.input)


async def _get_prediction(request: BareRequest) -> BareReply:
    caller = await caller_of(request, Scope.RUN)
    service = request.services.get(Predictions)
    row = await service.reader.get(caller.id, request.words[0])
    return BareReply(200, _encode(service.views.fields(row)))


def _read(request: BareRequest, decoder: msgspec.json.Decoder[Body]) -> Body:
    if not request.is_json:
        raise NotBare
    try:
        return decoder.decode(request.body)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        raise NotBare from None


async def _create(request: BareRequest, caller: User, version: VersionRef, given: dict[str, Json]) -> BareReply:
    headers = CreateHeaders.read(
        prefer=request.header(b"prefer", max_letters=MAX_PREFER_LETTERS),
        cancel_after=request.header(b"cancel-after", max_letters=MAX_CANCEL_AFTER_LETTERS),
        idempotency_key=request.header(b"idempotency-key", max_letters=MAX_KEY_LETTERS),
        by_key=b"authorization" in request.headers,
    )
    service = request.services.get(Predictions)
    row = await service.submission.submit(headers.new_run(caller, version, given))
    applied = headers.preference_applied
    more = () if applied is None else ((b"preference-applied", applied.encode()),)
    return BareReply(headers.status_of(row), _encode(service.views.fields(headers.shown(row))), (JSON, *more))


_WORD = "[^/]{1,64}"
bare_routes = (
    bare_route("POST", "/v1/models/{owner}/{name}/predictions", _create_model_prediction, owner=_WORD, name=_WORD),
    bare_route("POST", "/v1/predictions", _create_prediction),
    bare_route("GET", "/v1/predictions/{prediction_id}", _get_prediction, prediction_id="[0-9a-z]{26}"),
)

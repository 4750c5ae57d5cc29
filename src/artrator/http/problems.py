"""The one table from kinds of errors to HTTP, and the one shape of an error reply: RFC 9457 problem details."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import msgspec
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from artrator.http.compat.openai import errors as openai
from artrator.http.page_routes import page_of_the_rest, wants_page
from artrator.http.request_id import REQUEST_ID
from artrator.kernel.errors import ArtratorError, Fact, Invalid

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"

STATUS_OF_KIND: Mapping[str, HTTPStatus] = {
    "invalid": HTTPStatus.UNPROCESSABLE_ENTITY,
    "unauthenticated": HTTPStatus.UNAUTHORIZED,
    "forbidden": HTTPStatus.FORBIDDEN,
    "not_found": HTTPStatus.NOT_FOUND,
    "conflict": HTTPStatus.CONFLICT,
    "payment_required": HTTPStatus.PAYMENT_REQUIRED,
    "too_large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "rate_limited": HTTPStatus.TOO_MANY_REQUESTS,
    "unavailable": HTTPStatus.SERVICE_UNAVAILABLE,
}

STATUS_OF_CODE: Mapping[str, HTTPStatus] = {
    "json_malformed": HTTPStatus.BAD_REQUEST,
    "body_malformed": HTTPStatus.BAD_REQUEST,
    "request_line_malformed": HTTPStatus.BAD_REQUEST,
    "content_length_malformed": HTTPStatus.BAD_REQUEST,
    "body_too_slow": HTTPStatus.REQUEST_TIMEOUT,
    "content_type_unsupported": HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    "host_unknown": HTTPStatus.MISDIRECTED_REQUEST,
}
"""Errors of HTTP itself, for which HTTP has a status of its own."""

OPEN_INFERENCE_PATH = "/v2/"
_SOURCES = frozenset({"body", "query", "path", "header", "cookie"})


class Problem(BaseModel):
    """What every refused request is answered with."""

    title: str = Field(description="The status in words.")
    status: int
    detail: str = Field(description="What is wrong and what to do, for people.")
    code: str = Field(description="What is wrong, for programs; stable.")
    kind: str = Field(description="The kind of error; stable.")
    field: str | None = Field(default=None, description="The input at fault, as a dotted path.")
    facts: dict[str, str | int | float | bool | None] | None = Field(default=None, description="Further values.")
    error: str | None = Field(
        default=None, description="The detail again, under /v2, whose clients look for it by this name."
    )


def problem(
    status: int,
    code: str,
    message: str,
    *,
    kind: str = "error",
    field: str | None = None,
    facts: Mapping[str, Fact] | None = None,
    path: str = "",
) -> JSONResponse:
    """Write an error as `application/problem+json`; `detail` is the sentence for people, `code` is for programs.

    path: what was asked for; OpenAI's clients read another shape.
    """
    if path.startswith(openai.PATH):
        status = HTTPStatus.BAD_REQUEST if status == HTTPStatus.UNPROCESSABLE_ENTITY else status
        return JSONResponse(openai.error_fields(kind, code, message, field), status, _headers(status, facts))
    body = Problem(
        title=HTTPStatus(status).phrase,
        status=status,
        detail=message,
        code=code,
        kind=kind,
        field=field,
        facts=dict(facts) if facts else None,
        error=message if path.startswith(OPEN_INFERENCE_PATH) else None,
    )
    return JSONResponse(body.model_dump(exclude_none=True), status, _headers(status, facts), media_type=MEDIA_TYPE)


def _headers(status: int, facts: Mapping[str, Fact] | None) -> dict[str, str]:
    headers: dict[str, str] = {}
    retry_after = (facts or {}).get("retry_after_s")
    if retry_after is not None:
        headers["Retry-After"] = str(max(1, math.ceil(float(retry_after))))
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    return headers


def problem_of(error: ArtratorError, *, path: str = "") -> JSONResponse:
    """Write one of our own errors. path: what was asked for."""
    status = STATUS_OF_CODE.get(error.code) or STATUS_OF_KIND.get(error.kind, HTTPStatus.INTERNAL_SERVER_ERROR)
    return problem(status, error.code, error.message, kind=error.kind, field=error.field, facts=error.facts, path=path)


def bug(request_id: str | None, *, path: str) -> JSONResponse:
    """Say that something went wrong which nobody foresaw."""
    message = "Something went wrong here; it is logged, and not your fault."
    return problem(
        HTTPStatus.INTERNAL_SERVER_ERROR, "internal_error", message, facts={"request_id": request_id}, path=path
    )


def install_problem_handlers(app: FastAPI) -> None:
    """See that every error leaves the app in the same shape; bugs are logged at the door."""
    app.add_exception_handler(Exception, _on_bug)
    app.add_exception_handler(ArtratorError, _on_artrator_error)
    app.add_exception_handler(RequestValidationError, _on_validation_error)
    app.add_exception_handler(msgspec.DecodeError, _on_msgspec_error)
    app.add_exception_handler(HTTPException, _on_http_exception)


async def _on_artrator_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ArtratorError)
    return problem_of(error, path=request.scope["path"])


async def _on_bug(request: Request, _error: Exception) -> JSONResponse:
    return bug(request.scope.get(REQUEST_ID), path=request.scope["path"])


async def _on_validation_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    return problem_of(_invalid_of(error.errors()[0]), path=request.scope["path"])


async def _on_msgspec_error(request: Request, error: Exception) -> JSONResponse:
    if isinstance(error, msgspec.ValidationError):
        meaning = Invalid("request_malformed", f"The request: {error}.")
    else:
        meaning = Invalid("json_malformed", f"The body is not JSON: {error}.")
    return problem_of(meaning, path=request.scope["path"])


async def _on_http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == HTTPStatus.NOT_FOUND and wants_page(request):
        return await page_of_the_rest(request)
    if isinstance(error.__cause__, ArtratorError):  # raised while the body was read
        return problem_of(error.__cause__, path=request.scope["path"])
    status = HTTPStatus(error.status_code)
    code, message = _MEANING_OF_STATUS.get(status, (status.name.lower(), str(error.detail)))
    response = problem(status, code, message, kind=_KIND_OF_STATUS.get(status, "invalid"), path=request.scope["path"])
    response.headers.update(error.headers or {})
    return response


_KIND_OF_STATUS = {status: kind for kind, status in STATUS_OF_KIND.items()}
_MEANING_OF_STATUS: Mapping[HTTPStatus, tuple[str, str]] = {
    HTTPStatus.BAD_REQUEST: ("body_malformed", "The body could not be read; see /openapi.json for what is expected."),
    HTTPStatus.NOT_FOUND: ("route_not_found", "There is nothing at this address; /openapi.json lists what there is."),
    HTTPStatus.METHOD_NOT_ALLOWED: ("method_not_allowed", "This address takes other methods; see the header Allow."),
}


def _invalid_of(first: Mapping[str, Any]) -> Invalid:
    where: Sequence[str | int] = first["loc"]
    kind: str = first["type"]
    message: str = first["msg"]
    if kind == "json_invalid":
        return Invalid("json_malformed", f"The body is not JSON: {first['ctx']['error']} at character {where[-1]}.")
    if tuple(where) == ("body",) and isinstance(first.get("input"), bytes):
        return Invalid("content_type_unsupported", "Send the body as JSON, with Content-Type: application/json.")
    if kind == "extra_forbidden":
        message = "there is no such field"
    field = ".".join(str(part) for part in (where[1:] if where and where[0] in _SOURCES else where))
    return Invalid("request_malformed", f"{field or 'The request'}: {message}.", field=field or None)

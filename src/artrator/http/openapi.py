"""The OpenAPI document: stable operation ids, and the one shape of an error on every operation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, cast

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts

from artrator.http.compat.openai import errors as openai
from artrator.http.compat.openai.errors import OpenAIProblem
from artrator.http.problems import MEDIA_TYPE, Problem
from artrator.identity.caller import caller_access

TAGS: Mapping[str, str] = {
    "account": "The caller's own account, and what is public of others'.",
    "sessions": "Browsers that are logged in.",
    "keys": "API keys for programs.",
    "models": "Models, their versions, prices and search.",
    "gallery": "Real outputs of models, and reports of models.",
    "verification": "What the checks found in a version.",
    "wallet": "Credits, holds and statements.",
    "predictions": "Runs of a version on an input.",
    "walks": "Paths through keyframes, rendered frame by frame to films.",
    "inference": "Tensors in, tensors out, by the Open Inference Protocol.",
    "openai": "Pictures by OpenAI's image API.",
    "files": "Input files.",
    "blobs": "Outputs and covers, by signed links.",
    "creator": "What the caller's own models do and earn.",
    "operate": "For operators.",
    "health": "For supervisors and load balancers.",
}
_RESPONSES = "#/components/responses/"


def operation_id(route: APIRoute) -> str:
    """Name an operation as its function is named: the generated clients' methods are called so."""
    return route.name


def install_openapi(app: FastAPI) -> None:
    """Complete the document that FastAPI makes, once."""
    plain = app.openapi

    def complete() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _completed(plain(), _open_operations(app))
        return app.openapi_schema

    app.openapi = complete


def _open_operations(app: FastAPI) -> frozenset[str]:
    """Name the operations that serve nobody known as well: they read a credential, and do not insist on one."""
    routes = [context.original_route for context in iter_route_contexts(app.routes)]
    return frozenset(
        operation_id(route) for route in routes if isinstance(route, APIRoute) and not _insists(route.dependant)
    )


def _insists(dependant: Dependant) -> bool:
    return dependant.call is caller_access or any(_insists(each) for each in dependant.dependencies)


def _completed(document: dict[str, Any], open_operations: frozenset[str]) -> dict[str, Any]:
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    for model in (Problem, OpenAIProblem):
        described = model.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas.update(described.pop("$defs", {}))
        schemas[model.__name__] = described
    components["responses"] = {
        "Problem": {
            "description": "The request was refused or failed (RFC 9457).",
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        },
        "OpenAIProblem": {
            "description": "The request was refused or failed, as OpenAI's clients read it.",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/OpenAIProblem"}}},
        },
    }
    names: Counter[str] = Counter()
    for address, path in document["paths"].items():
        model = OpenAIProblem if address.startswith(openai.PATH) else Problem
        for operation in cast("dict[str, dict[str, Any]]", path).values():
            names[operation["operationId"]] += 1
            if operation["operationId"] in open_operations and "security" in operation:
                operation["security"] = [{}, *operation["security"]]
            responses = operation["responses"]
            responses.pop("422", None)
            responses["4XX"] = responses["5XX"] = {"$ref": f"{_RESPONSES}{model.__name__}"}
    repeated = [name for name, count in names.items() if count > 1]
    if repeated:
        raise RuntimeError(f"two routes' functions are called {', '.join(repeated)}")
    return document

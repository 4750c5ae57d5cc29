"""The OpenAPI document: stable operation ids, and the one shape of an error on every operation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, cast

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts

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
    "inference": "Tensors in, tensors out, by the Open Inference Protocol.",
    "files": "Input files.",
    "blobs": "Outputs and covers, by signed links.",
    "creator": "What the caller's own models do and earn.",
    "operate": "For operators.",
    "health": "For supervisors and load balancers.",
}
_REF = "#/components/responses/Problem"


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
    schemas["Problem"] = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    components["responses"] = {
        "Problem": {
            "description": "The request was refused or failed (RFC 9457).",
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
    }
    names: Counter[str] = Counter()
    for path in document["paths"].values():
        for operation in cast("dict[str, dict[str, Any]]", path).values():
            names[operation["operationId"]] += 1
            if operation["operationId"] in open_operations and "security" in operation:
                operation["security"] = [{}, *operation["security"]]
            responses = operation["responses"]
            responses.pop("422", None)
            responses["4XX"] = {"$ref": _REF}
            responses["5XX"] = {"$ref": _REF}
    repeated = [name for name, count in names.items() if count > 1]
    if repeated:
        raise RuntimeError(f"two routes' functions are called {', '.join(repeated)}")
    return document

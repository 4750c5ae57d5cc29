"""The catalog over HTTP: `/v1/models`, their versions, `/v1/uploads`, `/v1/collections`, `/v1/search`, `/v1/tags`."""

from __future__ import annotations

from fastapi import APIRouter

from artrator.catalog import collection_routes, model_routes, upload_routes, version_routes

router = APIRouter(tags=["models"])
router.include_router(model_routes.router)
router.include_router(version_routes.router)
router.include_router(collection_routes.router)
router.include_router(upload_routes.router)

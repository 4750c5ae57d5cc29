"""Assemble the HTTP application from the parts' routes."""

from __future__ import annotations

from urllib.parse import urlsplit

from fastapi import APIRouter, FastAPI
from prometheus_client import CollectorRegistry, ProcessCollector
from starlette.types import ASGIApp, Receive, Scope, Send

from artrator import __version__
from artrator.catalog.routes import router as catalog_router
from artrator.gallery.routes import router as gallery_router
from artrator.http import health
from artrator.http.body_limit import BodyLimit
from artrator.http.compat.open_inference import bare_routes as open_inference_bare_routes
from artrator.http.compat.open_inference import router as open_inference_router
from artrator.http.compat.openai.routes import router as openai_router
from artrator.http.door import Door, Rules
from artrator.http.forwarded import Forwarded
from artrator.http.metrics import HttpMetrics
from artrator.http.metrics_route import metrics_router
from artrator.http.openapi import TAGS, install_openapi, operation_id
from artrator.http.page_routes import router as page_router
from artrator.http.problems import install_problem_handlers
from artrator.http.rate_limits import RateLimits
from artrator.http.request_line import RequestLine
from artrator.http.settings import HttpSettings
from artrator.identity.routes import router as identity_router
from artrator.ledger.routes import router as ledger_router
from artrator.monitoring.routes import router as monitoring_router
from artrator.personal.routes import router as personal_router
from artrator.predictions.bare_routes import bare_routes as predictions_bare_routes
from artrator.predictions.creator_routes import router as creator_router
from artrator.predictions.file_routes import router as files_router
from artrator.predictions.routes import router as predictions_router
from artrator.predictions.thumbnail_routes import router as thumbnails_router
from artrator.storage.routes import router as storage_router
from artrator.verification.routes import router as verification_router
from artrator.walks.routes import router as walks_router
from artrator.wire.bare import BareRoute
from artrator.wire.provide import Services

ROUTERS: tuple[APIRouter, ...] = (
    health.router,
    identity_router,
    catalog_router,
    gallery_router,
    verification_router,
    predictions_router,
    walks_router,
    open_inference_router,
    openai_router,
    files_router,
    thumbnails_router,
    creator_router,
    ledger_router,
    storage_router,
    personal_router,
    monitoring_router,
    page_router,
)
BARE_ROUTES: tuple[BareRoute, ...] = (*predictions_bare_routes, *open_inference_bare_routes)


class Application(FastAPI):
    """The application behind its door."""

    door: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in."""
        scope["app"] = self
        await (self.door if scope["type"] == "http" else self.inside)(scope, receive, send)

    async def inside(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as FastAPI does, behind the door."""
        await super().__call__(scope, receive, send)


def build_app(services: Services, settings: HttpSettings, *, registry: CollectorRegistry | None = None) -> FastAPI:
    """Make the application around services that are already running.

    registry: where the other parts keep their figures, to be shown beside those of HTTP.
    """
    if registry is None:
        registry = CollectorRegistry()
        ProcessCollector(registry=registry)
    app = Application(
        title="Artrator",
        version=__version__,
        summary="Publish, verify, sell and run generative models.",
        docs_url=None,  # FastAPI's page loads scripts from other sites, which our pages never do
        redoc_url=None,
        openapi_tags=[{"name": name, "description": text} for name, text in TAGS.items()],
        generate_unique_id_function=operation_id,
    )
    app.door = Door(app.inside, _rules(settings, HttpMetrics(registry)), BARE_ROUTES)
    app.state.services = services
    token = settings.metrics_token
    metrics = metrics_router(registry, None if token is None else token.get_secret_value())
    for router in (*ROUTERS, metrics):
        app.include_router(router)
    install_problem_handlers(app)
    install_openapi(app)
    return app


def allowed_hosts(settings: HttpSettings) -> frozenset[str]:
    """Name the hosts that requests may be sent to, besides plain addresses."""
    public = urlsplit(settings.public_url or "").hostname
    return frozenset({"localhost", settings.host, *settings.allowed_hosts, *([public] if public else [])})


def _rules(settings: HttpSettings, metrics: HttpMetrics) -> Rules:
    public_scheme = urlsplit(settings.public_url).scheme if settings.public_url else None
    return Rules(
        forwarded=Forwarded(trusted=settings.trusted_proxies, public_scheme=public_scheme),
        request_line=RequestLine(allowed_hosts(settings)),
        rate_limits=RateLimits(settings.rate_limits),
        body_limit=BodyLimit(settings),
        metrics=metrics,
    )

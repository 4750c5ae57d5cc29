"""Assemble the HTTP application from the parts' routes."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI

from artrator import __version__
from artrator.http import health
from artrator.http.problems import install_problem_handlers
from artrator.wire.provide import Services

ROUTERS: tuple[APIRouter, ...] = (health.router,)


def build_app(services: Services) -> FastAPI:
    """Make the application around services that are already running."""
    app = FastAPI(title="Artrator", version=__version__, docs_url="/docs", redoc_url=None)
    app.state.services = services
    for router in ROUTERS:
        app.include_router(router)
    install_problem_handlers(app)
    return app

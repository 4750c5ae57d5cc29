"""Serve the page: a few files of ours, cached by their content's tag."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter
from starlette.responses import FileResponse
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

FOLDER = Path(__file__).with_name("page")

router = APIRouter(include_in_schema=False)
page_files = Mount("/page", StaticFiles(directory=FOLDER), name="page")


@router.get("/")
async def page() -> FileResponse:
    """Give the page itself."""
    return FileResponse(FOLDER / "index.html", headers={"Cache-Control": "no-cache"})

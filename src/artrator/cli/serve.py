"""Run the HTTP server until a signal asks it to stop."""

from __future__ import annotations

import asyncio
import socket
import webbrowser

import uvicorn

from artrator.http.app import build_app
from artrator.http.server import server_config
from artrator.settings import Settings
from artrator.wiring import running_services


def serve_until_stopped(settings: Settings, *, open_browser: bool) -> None:
    """Start the services, listen, print `ready URL`, and stop in good order on SIGINT or SIGTERM."""
    asyncio.run(_serve(settings, open_browser=open_browser))


async def _serve(settings: Settings, *, open_browser: bool) -> None:
    async with running_services(settings) as services:
        config = server_config(build_app(services, settings.http), settings.http)
        await _Server(config, settings, open_browser=open_browser).serve()


class _Server(uvicorn.Server):
    """Says when it is ready, and at which address."""

    def __init__(self, config: uvicorn.Config, settings: Settings, *, open_browser: bool) -> None:
        super().__init__(config)
        self._settings = settings
        self._open_browser = open_browser

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then announce."""
        await super().startup(sockets)
        if not self.servers:
            return  # uvicorn has said why it could not listen
        port = self.servers[0].sockets[0].getsockname()[1]
        url = f"http://{self._settings.http.host}:{port}"
        print(f"ready {url}", flush=True)
        if self._open_browser:
            webbrowser.open(url)

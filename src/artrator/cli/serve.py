"""`artrator demo`, `serve` and `worker`: the program itself, until a signal asks it to stop."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import socket
import webbrowser
from collections.abc import Awaitable, Callable, Coroutine, Generator
from typing import Annotated

import typer
import uvicorn

from artrator.cli.console import errors, say
from artrator.cli.demo_content import DemoAccount, add_demo_content
from artrator.cli.home import HomeOption, read_settings, with_own_secret
from artrator.http.app import build_app
from artrator.http.server import LOOP_FACTORY, server_config
from artrator.kernel.errors import Unavailable
from artrator.monitoring.overview import Monitoring
from artrator.settings import Environment, Settings
from artrator.wire.provide import Services
from artrator.wiring import running_services

PortOption = Annotated[
    int | None, typer.Option(help="Port to listen on; 0 takes a free one [default: 8000].", min=0, max=65535)
]
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)
Announce = Callable[[], None]
Prepare = Callable[[Services], Awaitable[Announce]]


def demo(
    home: HomeOption = None,
    port: PortOption = None,
    no_open: Annotated[bool, typer.Option("--no-open", help="Do not open a browser.")] = False,
) -> None:
    """Start a marketplace with demo accounts and the starter models."""
    settings = with_own_secret(_listening(read_settings(home, environment=Environment.DEVELOPMENT, port=port)))

    async def prepare(services: Services) -> Announce:
        accounts = await add_demo_content(services, settings.home_folder)
        return lambda: _announce_demo(settings, accounts, open_browser=not no_open)

    _run_until_stopped(_serve(settings, prepare, works=True))


def serve(
    home: HomeOption = None,
    port: PortOption = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on [default: 127.0.0.1].")] = None,
    no_worker: Annotated[bool, typer.Option("--no-worker", help="Leave jobs to `artrator worker` processes.")] = False,
) -> None:
    """Start the platform, without demo data; it refuses default secrets."""
    settings = _listening(read_settings(home, port=port, host=host))
    settings.require_safe_secrets()

    async def prepare(services: Services) -> Announce:
        return lambda: say(f"ready {settings.public_url}")

    _run_until_stopped(_serve(settings, prepare, works=not no_worker))


def worker(home: HomeOption = None) -> None:
    """Take jobs from the durable queue: verifications, runs that wait, webhooks."""
    settings = read_settings(home)
    settings.require_safe_secrets()
    _run_until_stopped(_work(settings))


def _listening(settings: Settings) -> Settings:
    """Settle the port now: links name it before the server listens, and a taken one is said before all else starts."""
    host, port = settings.http.host, settings.http.port
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            message = f"Nothing can listen on {host}:{port} ({error.strerror}); choose another with --port."
            raise Unavailable("port_taken", message, field="http.port") from error
        port = probe.getsockname()[1]
    return settings.model_copy(update={"http": settings.http.model_copy(update={"port": port})})


def _run_until_stopped(work: Coroutine[None, None, None]) -> None:
    """Run until done; a signal cancels the work, so that everything it started is stopped in order."""

    async def run() -> None:
        task = asyncio.ensure_future(work)
        for number in STOP_SIGNALS:
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
        with contextlib.suppress(asyncio.CancelledError):
            await task

    with asyncio.Runner(loop_factory=LOOP_FACTORY) as runner:
        runner.run(run())


async def _serve(settings: Settings, prepare: Prepare, *, works: bool) -> None:
    async with running_services(settings, works=works) as services:
        await _say_what_is_off(services)
        announce = await prepare(services)
        app = build_app(services, settings.http)
        _spare_what_stays()
        await _Server(server_config(app, settings.http), announce).serve()


async def _work(settings: Settings) -> None:
    async with running_services(settings) as services:
        await _say_what_is_off(services)
        _spare_what_stays()
        say("working")
        await asyncio.get_running_loop().create_future()


def _spare_what_stays() -> None:
    """Have the garbage collector never again look at what was made so far: all of it stays, and a full look takes seconds
    of a busy machine, in which nobody is answered.
    """
    gc.collect()
    gc.freeze()


async def _say_what_is_off(services: Services) -> None:
    health = await services.get(Monitoring).fleet_health()
    if health.lacks_device:
        errors.print(f"warning: {health.lacks_device}")
    for protection in health.missing:
        errors.print(f"warning: this system lacks a protection of the sandbox: {protection}")
    if health.missing:
        errors.print("warning: strangers' models wait for an operator's consent")


def _announce_demo(settings: Settings, accounts: tuple[DemoAccount, ...], *, open_browser: bool) -> None:
    home = "" if settings.home == Settings().home else f" --home {settings.home_folder}"
    say(f"ready {settings.public_url}")
    for account in accounts:
        say(f"  log in as {account.email} with {account.password}")
    say(f"  export ARTRATOR_URL={settings.public_url}")
    say(f"  export ARTRATOR_TOKEN=$(.venv/bin/artrator keys create --user demo{home} | tail -n 1)")
    say("  .venv/bin/artrator run atelier/shape-gan -i seed=7 -o out.png")
    if open_browser:
        webbrowser.open(settings.public_url)


class _Server(uvicorn.Server):
    """Says when it listens."""

    def __init__(self, config: uvicorn.Config, announce: Announce) -> None:
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then announce."""
        await super().startup(sockets)
        if self.started:  # otherwise uvicorn has said why it could not listen
            self._announce()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        """Stop listening at a signal, let requests end, and return; uvicorn's own way would end the process here."""
        loop = asyncio.get_running_loop()
        for number in STOP_SIGNALS:
            loop.add_signal_handler(number, self.handle_exit, number, None)
        yield

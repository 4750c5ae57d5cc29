"""Hand the one instance of a service to the routes that name its type, so that no part knows who assembled it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from starlette.requests import HTTPConnection
from starlette.types import Scope

Service = TypeVar("Service")


class Services:
    """The running services by their type."""

    def __init__(self) -> None:
        self._by_type: dict[type[object], object] = {}

    def add(self, service: object) -> None:
        """Offer a service under its own type; a second one of the same type is a bug."""
        if type(service) in self._by_type:
            raise RuntimeError(f"{type(service).__name__} is provided twice")
        self._by_type[type(service)] = service

    def get(self, kind: type[Service]) -> Service:
        """Give the service of a type; asking for one that nobody added is a bug."""
        service = self._by_type.get(kind)
        if not isinstance(service, kind):
            raise RuntimeError(f"no {kind.__name__} is provided")
        return service


def services_of(scope: Scope) -> Services:
    """Find the services that the app was assembled with."""
    services = scope["app"].state.services
    assert isinstance(services, Services)
    return services


def provided(kind: type[Service]) -> Callable[[HTTPConnection], Awaitable[Service]]:
    """Make the FastAPI dependency that gives a service: `Annotated[Catalog, Depends(provided(Catalog))]`."""

    # async although it waits for nothing: FastAPI calls plain functions in a thread
    async def dependency(connection: HTTPConnection) -> Service:
        return services_of(connection.scope).get(kind)

    return dependency

"""Believe a proxy about whom it speaks for, if and only if the operator named it; everybody else may write what they like."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from starlette.types import Scope

from artrator.http.asgi import headers_of

Network = IPv4Network | IPv6Network
MAX_HOPS = 20


class Forwarded:
    """Replace a trusted proxy's address and scheme by those of the browser behind it.

    X-Forwarded-For is read from its right end, where the nearest proxy wrote, over trusted addresses to the first
    one that is not: whatever stands left of it was sent by that client and proves nothing.
    """

    def __init__(self, *, trusted: Sequence[Network], public_scheme: str | None) -> None:
        self._trusted = trusted
        self._public_scheme = public_scheme

    def rewrite(self, scope: Scope) -> None:
        """Write the truth about a request's origin."""
        client: tuple[str, int] | None = scope.get("client")
        proto = self._public_scheme
        if client is not None and self._trusted and self._is_trusted(client[0]):
            headers = headers_of(scope)
            hops = ",".join(headers.getlist("X-Forwarded-For")).split(",")[-MAX_HOPS:]
            scope["client"] = (self._origin(client[0], hops), 0)
            given = headers.get("X-Forwarded-Proto", "").strip().lower()
            proto = given if given in {"http", "https"} else proto
        if proto is not None:
            scope["scheme"] = proto

    def _origin(self, peer: str, hops: Sequence[str]) -> str:
        origin = peer
        for hop in reversed(hops):
            address = _parse(hop)
            if address is None:
                break
            origin = str(address)
            if not self._is_trusted(origin):
                break
        return origin

    def _is_trusted(self, text: str) -> bool:
        address = _parse(text)
        return address is not None and any(address in network for network in self._trusted)


def _parse(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text.strip())
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address

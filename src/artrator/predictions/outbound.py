"""HTTP to addresses that users name: the name is resolved once, checked, and the checked address is the one connected to."""

from __future__ import annotations

import asyncio
import socket
import ssl
from dataclasses import dataclass
from functools import cache

import httpx

from artrator.kernel.errors import ArtratorError, Forbidden, Invalid, Unavailable
from artrator.predictions.addresses import Address, may_connect, read_address

MAX_URL_LENGTH = 2048
DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundRules:
    """Where the server may connect to for a user."""

    ports: tuple[int, ...] = (80, 443)
    allow_loopback: bool = False


def check_url(text: str, rules: OutboundRules, *, field: str) -> httpx.URL:
    """Check a URL as far as that is possible without asking a name server.

    Raises: Invalid; Forbidden for an address that is written out and may not be connected to.
    """
    try:
        url = httpx.URL(text) if len(text) <= MAX_URL_LENGTH else httpx.URL("")
        host = url.host
    except (httpx.InvalidURL, UnicodeError, ValueError):
        url, host = httpx.URL(""), ""
    if url.scheme not in DEFAULT_PORTS or not host or url.userinfo or not text.isprintable():
        raise Invalid(
            "url_malformed",
            f"Give an http or https URL without a password, of at most {MAX_URL_LENGTH} characters.",
            field=field,
        )
    try:
        address = read_address(host)
    except ValueError:
        address = None
    _check_port(url, rules, address, field)
    if address is not None and not may_connect(address, allow_loopback=rules.allow_loopback):
        raise _forbidden(field)
    return url


def _check_port(url: httpx.URL, rules: OutboundRules, address: Address | None, field: str) -> None:
    port = url.port or DEFAULT_PORTS[url.scheme]
    own_machine = rules.allow_loopback and (url.host == "localhost" or (address is not None and address.is_loopback))
    if port not in rules.ports and not own_machine:
        raise Forbidden(
            "url_port_forbidden",
            f"The server connects to the ports {', '.join(map(str, rules.ports))} only.",
            field=field,
        )


def _forbidden(field: str | None) -> Forbidden:
    return Forbidden(
        "url_address_forbidden",
        "This URL leads to an address that is not on the public internet; the server does not connect to it.",
        field=field,
    )


async def resolve(url: httpx.URL, rules: OutboundRules) -> Address:
    """Resolve a URL's host; one address that may not be connected to refuses the whole name.

    Raises: Forbidden, Unavailable.
    """
    loop = asyncio.get_running_loop()
    port = url.port or DEFAULT_PORTS[url.scheme]
    try:
        found = await loop.getaddrinfo(url.host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
        addresses = [read_address(str(entry[4][0])) for entry in found]
    except (OSError, UnicodeError, ValueError) as error:
        raise Unavailable("url_host_unknown", "The host of this URL cannot be found.") from error
    if not addresses or not all(may_connect(each, allow_loopback=rules.allow_loopback) for each in addresses):
        raise _forbidden(None)
    return addresses[0]


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


class PinnedTransport(httpx.AsyncBaseTransport):
    """Connect to the address that was checked, whatever a name server says a moment later.

    The request keeps its name in `Host`, in TLS server name indication and in the check of the certificate.
    No proxy and no environment variable is heeded; redirects are not followed.
    """

    def __init__(self, rules: OutboundRules) -> None:
        self._rules = rules
        self._inner = httpx.AsyncHTTPTransport(verify=_tls(), trust_env=False, retries=0)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request. Raises: Forbidden, Invalid, Unavailable, httpx's own errors."""
        url = check_url(str(request.url), self._rules, field="url")
        address = await resolve(url, self._rules)
        request.headers["Host"] = url.netloc.decode("ascii")
        request.extensions = {**request.extensions, "sni_hostname": url.raw_host.decode("ascii")}
        request.url = url.copy_with(host=str(address))
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._inner.aclose()


def outbound_client(rules: OutboundRules, *, timeout_s: float) -> httpx.AsyncClient:
    """Make a client for addresses that users name."""
    return httpx.AsyncClient(
        transport=PinnedTransport(rules),
        timeout=timeout_s,
        follow_redirects=False,
        trust_env=False,
        headers={"User-Agent": "Artrator", "Accept-Encoding": "identity"},
    )


def outbound_failure(error: httpx.HTTPError) -> ArtratorError:
    """Say what went wrong between us and another server, without what the other one said."""
    if isinstance(error, httpx.TimeoutException):
        return Unavailable("url_timed_out", "The server behind this URL did not answer in time.")
    return Unavailable("url_unreachable", "The server behind this URL cannot be reached, or does not speak HTTP.")

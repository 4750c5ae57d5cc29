"""Read an input from a URL that a user gives, without being led into the operator's own network."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from urllib.parse import urljoin

import httpx

from artrator.kernel.errors import ArtratorError, Invalid, TooLarge, Unavailable
from artrator.predictions.outbound import OutboundRules, check_url, outbound_client, outbound_failure

MAX_REDIRECTS = 3
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


async def fetch(url: str, rules: OutboundRules, *, max_bytes: int, timeout_s: float, field: str) -> bytes:
    """Read a URL's content; every redirect is checked like the URL itself.

    Raises: Invalid, Forbidden, TooLarge, Unavailable, each naming the field.
    """
    try:
        async with asyncio.timeout(timeout_s), outbound_client(rules, timeout_s=timeout_s) as client:
            return await _follow(client, url, rules, max_bytes, field)
    except TimeoutError as error:
        raise Invalid("url_timed_out", f"The URL was not read within {timeout_s:g} seconds.", field=field) from error
    except httpx.HTTPError as error:
        raise _at(field, outbound_failure(error)) from error
    except Unavailable as error:
        raise _at(field, error) from error


def _at(field: str, error: ArtratorError) -> Invalid:
    # to the caller of a run, a URL that cannot be read is an input at fault, not a platform that is down
    return Invalid(error.code, error.message, field=field)


async def _follow(client: httpx.AsyncClient, url: str, rules: OutboundRules, max_bytes: int, field: str) -> bytes:
    for _ in range(MAX_REDIRECTS + 1):
        check_url(url, rules, field=field)
        async with client.stream("GET", url) as response:
            if response.status_code not in _REDIRECTS:
                return await _read(response, max_bytes, field)
            url = urljoin(url, response.headers.get("Location", ""))
    raise Invalid("url_redirects", f"The URL redirects more than {MAX_REDIRECTS} times.", field=field)


async def _read(response: httpx.Response, max_bytes: int, field: str) -> bytes:
    if response.status_code != HTTPStatus.OK:
        raise Invalid("url_refused", f"The URL answers {response.status_code} instead of 200.", field=field)
    if response.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        raise Invalid("url_encoded", "The URL answers compressed although that was not asked for.", field=field)
    received = bytearray()
    async for chunk in response.aiter_raw():
        received += chunk
        if len(received) > max_bytes:
            raise too_large(max_bytes, field)
    return bytes(received)


def too_large(max_bytes: int, field: str) -> TooLarge:
    """Say that an input is larger than the limit."""
    return TooLarge("input_too_large", f"This input is larger than {max_bytes} bytes.", field=field, limit=max_bytes)

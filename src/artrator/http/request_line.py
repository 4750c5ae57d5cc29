"""Refuse requests for a host that is not ours, and addresses that no route could mean."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from ipaddress import ip_address

from starlette.types import Scope

from artrator.kernel.errors import Invalid

MAX_TARGET_BYTES = 8192
MAX_HOST_LETTERS = 253
MAX_KNOWN_HOSTS = 64


class RequestLine:
    """Check Host, path and query before anything reads them.

    A name that resolves to this machine but is not ours would let another site's page read a private server
    (DNS rebinding). Plain addresses cannot be used so, since a page's origin then is the address itself.
    """

    def __init__(self, hosts: Collection[str]) -> None:
        self._hosts = frozenset(host.lower() for host in hosts)
        self._known: set[bytes] = set()

    def check(self, scope: Scope) -> None:
        """Raises: Invalid."""
        hosts: list[bytes] = [value for name, value in scope["headers"] if name == b"host"]
        if len(hosts) != 1 or not (hosts[0] in self._known or self._is_found_ours(hosts[0])):
            raise Invalid(
                "host_unknown", "This server does not answer to that name; the setting http.allowed_hosts adds names."
            )
        path: str = scope["path"]
        query: bytes = scope["query_string"]
        if "\0" in path or b"%00" in query or b"\0" in query:
            raise Invalid("request_line_malformed", "An address must not contain NUL.")
        if len(path) + len(query) > MAX_TARGET_BYTES:
            raise Invalid("request_line_malformed", f"An address has {MAX_TARGET_BYTES} characters at most.")

    def _is_found_ours(self, host: bytes) -> bool:
        """Look at a host, and remember one that is ours: most requests name the same."""
        is_ours = self._is_ours(host.decode("latin-1"))
        if is_ours and len(self._known) < MAX_KNOWN_HOSTS:
            self._known.add(host)
        return is_ours

    def _is_ours(self, host: str) -> bool:
        name, colon, port = host.rpartition(":")
        if not colon or host.endswith("]"):
            name = host
        elif not port.isdecimal():
            return False
        if len(name) > MAX_HOST_LETTERS:
            return False
        name = name.lower()
        if name.startswith("[") and name.endswith("]"):
            return _is_address(name[1:-1])
        return name in self._hosts or _is_address(name)


@lru_cache(maxsize=1024)
def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True

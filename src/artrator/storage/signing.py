"""Links that open one blob for a while, whatever the store: whoever holds the link may read, nobody else."""

from __future__ import annotations

import hashlib
import hmac
import math

from artrator.kernel.clock import Clock, system_clock
from artrator.kernel.errors import Forbidden

_PURPOSE = b"artrator signed url 1"
_STEPS = 8


class UrlSigner:
    """Sign paths with a secret that only the servers know."""

    def __init__(self, secret: str, clock: Clock = system_clock) -> None:
        self._key = hmac.digest(secret.encode(), _PURPOSE, hashlib.sha256)
        self._clock = clock

    def sign(self, path: str, *, lifetime_s: int) -> str:
        """Return the path with `expires` and `signature`.

        The expiry is rounded up to the next eighth of the lifetime, so that links made shortly after one another are
        the same link, and a browser's cache finds them.
        """
        step_s = max(1, lifetime_s // _STEPS)
        expires = math.ceil((self._clock().timestamp() + lifetime_s) / step_s) * step_s
        return f"{path}?expires={expires}&signature={self._signature(path, expires)}"

    def check(self, path: str, expires: int, signature: str) -> None:
        """Raise Forbidden unless the signature is ours, for this path, and not yet expired."""
        if not hmac.compare_digest(self._signature(path, expires).encode(), signature.encode()):
            raise Forbidden("link_invalid", "This link is not one that the server gave; ask for a new one.")
        if self.remaining_s(expires) <= 0:
            raise Forbidden("link_expired", "This link has expired; ask for a new one.")

    def remaining_s(self, expires: int) -> int:
        """Tell for how many seconds a link is still good."""
        return math.floor(expires - self._clock().timestamp())

    def _signature(self, path: str, expires: int) -> str:
        return hmac.new(self._key, f"{expires}\n{path}".encode(), hashlib.sha256).hexdigest()

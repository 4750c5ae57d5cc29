"""What each bundle has done to its workers: who must run alone until proven harmless, and who runs no more."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from artrator.engine.errors import ModelQuarantined
from artrator.kernel.errors import ArtratorError
from artrator.kernel.ids import Digest

QUARANTINE_AFTER = 2
"""Workers that a bundle may lose before it runs no more."""

QuarantineCallback = Callable[[Digest, ArtratorError], None]
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Records:
    """Crash counts, trials and quarantine by digest."""

    _crashes: dict[Digest, int] = field(default_factory=dict[Digest, int])
    _on_trial: set[Digest] = field(default_factory=set[Digest])
    _quarantined: set[Digest] = field(default_factory=set[Digest])
    _callbacks: list[QuarantineCallback] = field(default_factory=list[QuarantineCallback])

    def on_quarantine(self, callback: QuarantineCallback) -> None:
        """Have a callback told of every quarantine from now on."""
        self._callbacks.append(callback)

    def refuse_quarantined(self, digest: Digest) -> None:
        """Raises: ModelQuarantined."""
        if digest in self._quarantined:
            raise _quarantined(digest)

    def is_on_trial(self, digest: Digest) -> bool:
        """Tell whether a bundle must run alone."""
        return digest in self._on_trial

    def suspect(self, digest: Digest) -> None:
        """Have a bundle run alone until one of its runs has ended well."""
        self._on_trial.add(digest)

    def acquit(self, digest: Digest) -> None:
        """Note that a run ended well while it was alone; what it did before is not forgotten."""
        self._on_trial.discard(digest)

    def convict(self, digest: Digest) -> None:
        """Count a lost worker against a bundle, and quarantine it once it has lost too many."""
        self._crashes[digest] = self._crashes.get(digest, 0) + 1
        self._on_trial.add(digest)
        if self._crashes[digest] >= QUARANTINE_AFTER:
            self.quarantine(digest)

    def quarantine(self, digest: Digest) -> None:
        """Run a bundle no more, and tell everyone who listens, once."""
        if digest in self._quarantined:
            return
        self._quarantined.add(digest)
        for callback in self._callbacks:
            try:
                callback(digest, _quarantined(digest))
            except Exception:
                _log.exception("a listener to quarantines failed")

    def forget(self, digest: Digest) -> None:
        """Give a bundle a clean record."""
        self._crashes.pop(digest, None)
        self._on_trial.discard(digest)
        self._quarantined.discard(digest)


def _quarantined(digest: Digest) -> ModelQuarantined:
    return ModelQuarantined(
        "This version crashed its worker more than once and is stopped until its creator or the operator looks at it.",
        digest=digest,
    )

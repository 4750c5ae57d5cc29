"""The plans of the graphs that run here, looked up once for each bundle, so that a run waits for the database once."""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import replace

from artrator.engine.examination.profile import Plans
from artrator.engine.fleet import InstalledBundle
from artrator.kernel.errors import ArtratorError
from artrator.kernel.ids import Digest

PlansOf = Callable[[Digest], Awaitable[Plans]]
LOOK_AGAIN_S = 60.0
"""A bundle without plans may have been measured since."""
MAX_KNOWN = 10_000
_log = logging.getLogger(__name__)


class PlanBook:
    """Remembers plans; nothing, too, but not for long."""

    def __init__(self, plans_of: PlansOf | None, *, look_again_s: float = LOOK_AGAIN_S) -> None:
        self._plans_of, self._look_again_s = plans_of, look_again_s
        self._known: OrderedDict[Digest, tuple[Plans, float]] = OrderedDict()
        self._planned: dict[Digest, tuple[InstalledBundle, InstalledBundle]] = {}
        """Bundles as they were asked for and with their plans, since most are asked for again and again."""

    async def planned(self, bundle: InstalledBundle) -> InstalledBundle:
        """Give a bundle with its plans, where there are any; a LoRA with those of its base."""
        if bundle.base is not None:
            return replace(bundle, base=await self.planned(bundle.base))
        if self._plans_of is None:
            return bundle
        plans, looked_s = self._known.get(bundle.digest, ({}, float("-inf")))
        if not plans and time.monotonic() - looked_s >= self._look_again_s:
            try:
                plans = await self._plans_of(bundle.digest)
            except ArtratorError as error:
                _log.warning("the plans of %s cannot be read: %s", bundle.digest[:12], error.message)
            self._known[bundle.digest] = (plans, time.monotonic())
            if len(self._known) > MAX_KNOWN:
                oldest, _ = self._known.popitem(last=False)
                self._planned.pop(oldest, None)
        return replace(bundle, plans=plans) if plans else bundle

    def known(self, bundle: InstalledBundle) -> InstalledBundle | None:
        """Give a bundle with its plans where that needs no looking up, a LoRA's base aside; else None."""
        if self._plans_of is None:
            return bundle
        plans, looked_s = self._known.get(bundle.digest, ({}, float("-inf")))
        if not plans:
            return bundle if time.monotonic() - looked_s < self._look_again_s else None
        before, planned = self._planned.get(bundle.digest, (None, bundle))
        if before is not bundle or planned.plans is not plans:
            planned = replace(bundle, plans=plans)
            self._planned[bundle.digest] = (bundle, planned)
        return planned

    def forget(self, digest: Digest) -> None:
        """Look a bundle up again."""
        self._known.pop(digest, None)
        self._planned.pop(digest, None)

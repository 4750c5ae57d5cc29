"""The platform of the predictions' tests, with a creator and a buyer."""

from __future__ import annotations

from tests.predictions.conftest import fleet, plan, platform, scene

__all__ = ["fleet", "plan", "platform", "scene"]

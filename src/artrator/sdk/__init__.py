"""Run models from Python: `Client().run("atelier/shape-gan", seed=7)` gives a Pillow image."""

from artrator.sdk.async_client import AsyncClient
from artrator.sdk.client import Client
from artrator.sdk.prediction import Prediction, RunFailed
from artrator.sdk.progress import RunProgress
from artrator.sdk.walk import WalkFailed, WalkFrame, WalkPrice, WalkState
from artrator.sdk.walks import AsyncWalk, Walk

__all__ = [
    "AsyncClient",
    "AsyncWalk",
    "Client",
    "Prediction",
    "RunFailed",
    "RunProgress",
    "Walk",
    "WalkFailed",
    "WalkFrame",
    "WalkPrice",
    "WalkState",
]

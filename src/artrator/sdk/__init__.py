"""Run models from Python: `Client().run("atelier/shape-gan", seed=7)` gives a Pillow image."""

from artrator.sdk.async_client import AsyncClient
from artrator.sdk.client import Client
from artrator.sdk.prediction import Prediction, RunFailed
from artrator.sdk.progress import RunProgress

__all__ = ["AsyncClient", "Client", "Prediction", "RunFailed", "RunProgress"]

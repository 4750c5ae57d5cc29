"""Log a training to MLflow, where that is installed and a tracking URI is set; otherwise nothing happens.

    MLFLOW_TRACKING_URI=sqlite:///trainings.db python -m artrator.recipes.digits_flow --out FOLDER

A training that was stopped goes on in the run that it began, and no fault of the tracking server stops a training.
"""

from __future__ import annotations

import hashlib
import math
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from artrator.recipes.whole_files import keep_file

if TYPE_CHECKING:
    from mlflow import MlflowClient

URI = "MLFLOW_TRACKING_URI"
EXPERIMENT = "MLFLOW_EXPERIMENT_NAME"
DEFAULT_EXPERIMENT = "artrator-recipes"


class Tracking:
    """One run of a tracking server, or none."""

    def __init__(self, client: MlflowClient | None, run_id: str = "") -> None:
        self._client, self.run_id = client, run_id

    def log(self, figures: Mapping[str, float], step: int) -> None:
        """Keep the figures of a step; those that are not finite are left out, as databases refuse them."""
        if self._client is None:
            return
        from mlflow.entities import Metric  # noqa: PLC0415 - it may not be installed

        now_ms = round(time.time() * 1000)
        metrics = [Metric(key, value, now_ms, step) for key, value in figures.items() if math.isfinite(value)]
        try:
            self._client.log_batch(self.run_id, metrics=metrics)
        except Exception as error:  # whatever a server and its network can do: the training is worth more
            self._give_up(error)

    def end(self, status: str) -> None:
        """Say how it ended: FINISHED, KILLED or FAILED."""
        if self._client is None:
            return
        try:
            self._client.set_terminated(self.run_id, status)
        except Exception as error:
            self._give_up(error)

    def _give_up(self, error: Exception) -> None:
        self._client = None
        print(f"MLflow: {type(error).__name__}; no more is logged ({error})", flush=True)


@contextmanager
def tracked(work: Path, name: str, settings: Mapping[str, object]) -> Iterator[Tracking]:
    """Log to the run that `work` remembers under a name, or to a new one; it ends as the block ends."""
    tracking = _open(work / f"{name}.mlflow", name, settings)
    try:
        yield tracking
    except Exception:
        tracking.end("FAILED")
        raise
    except BaseException:  # stopped by hand
        tracking.end("KILLED")
        raise
    tracking.end("FINISHED")


def _open(file: Path, name: str, settings: Mapping[str, object]) -> Tracking:
    uri = os.environ.get(URI)
    if not uri:
        return Tracking(None)
    try:
        from mlflow import MlflowClient  # noqa: PLC0415 - it may not be installed, and takes seconds where it is
    except ImportError:
        print(f"{URI} is set, but MLflow is not installed: pip install mlflow-skinny", flush=True)
        return Tracking(None)
    try:
        client = MlflowClient(uri)
        run_id = _begun(client, file, uri) or _begin(client, file, uri, name, settings)
    except Exception as error:
        print(f"MLflow: {type(error).__name__}; nothing is logged ({error})", flush=True)
        return Tracking(None)
    return Tracking(client, run_id)


def _begun(client: MlflowClient, file: Path, uri: str) -> str | None:
    """Go on in the run of an earlier start, if it was kept at the same place and is still there."""
    if not file.exists():
        return None
    run_id, _, kept_at = file.read_text().partition(" ")
    if kept_at != _fingerprint(uri):
        return None
    from mlflow.exceptions import MlflowException  # noqa: PLC0415 - it may not be installed

    try:
        client.update_run(run_id, status="RUNNING")
    except MlflowException:  # deleted there
        return None
    return run_id


def _begin(client: MlflowClient, file: Path, uri: str, name: str, settings: Mapping[str, object]) -> str:
    experiment = os.environ.get(EXPERIMENT, DEFAULT_EXPERIMENT)
    known = client.get_experiment_by_name(experiment)
    experiment_id = known.experiment_id if known is not None else client.create_experiment(experiment)
    run_id = client.create_run(experiment_id, run_name=name).info.run_id
    for key, value in settings.items():
        client.log_param(run_id, key, value)
    keep_file(file, lambda path: path.write_text(f"{run_id} {_fingerprint(uri)}"))
    return run_id


def _fingerprint(uri: str) -> str:
    """Tell places apart without keeping the passwords that some have in them."""
    return hashlib.sha256(uri.encode()).hexdigest()[:16]

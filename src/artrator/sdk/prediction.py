"""A run as the API shows it."""

from __future__ import annotations

import msgspec

from artrator.kernel.errors import ArtratorError


class RunFailed(ArtratorError):
    """The model, or the platform under it, did not finish this run; it cost nothing."""

    kind = "run_failed"


class Prediction(msgspec.Struct, frozen=True, kw_only=True):
    """One run of one version on one input."""

    id: str
    model: str
    version: str
    status: str
    input: dict[str, object] = {}
    output: object = None
    error: str | None = None
    error_code: str | None = None
    logs: str | None = None
    metrics: dict[str, float] | None = None
    urls: dict[str, str] = {}
    created_at: str = ""
    completed_at: str | None = None

    @property
    def ended(self) -> bool:
        """Tell whether nothing will change any more."""
        return self.status in {"succeeded", "failed", "canceled", "aborted"}

    def require_success(self) -> None:
        """Raise RunFailed unless the run succeeded."""
        if self.status != "succeeded":
            code = self.error_code or f"run_{self.status}"
            raise RunFailed(code, self.error or f"The run was {self.status}.", prediction=self.id)

"""The one tree of settings, read from the environment once, in the wiring."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from artrator.catalog.settings import CatalogSettings
from artrator.db.settings import DatabaseSettings, JobSettings
from artrator.engine.settings import EngineSettings
from artrator.gallery.settings import GallerySettings
from artrator.http.settings import HttpSettings
from artrator.identity.settings import IdentitySettings
from artrator.kernel.errors import Invalid
from artrator.ledger.settings import LedgerSettings, PaymentSettings
from artrator.monitoring.settings import MonitoringSettings
from artrator.predictions.settings import PredictionSettings
from artrator.storage.settings import StorageSettings
from artrator.verification.settings import VerificationSettings
from artrator.walks.settings import WalkSettings

DEVELOPMENT_SECRET = "development-only-secret"  # noqa: S105 - refused outside development
MIN_SECRET_LENGTH = 32


class Environment(StrEnum):
    """Whether safety may be traded for ease."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class Settings(BaseSettings):
    """Every setting; `ARTRATOR_HTTP__PORT=8001` sets `http.port`."""

    model_config = SettingsConfigDict(env_prefix="ARTRATOR_", env_nested_delimiter="__", frozen=True, extra="ignore")

    environment: Environment = Field(
        default=Environment.PRODUCTION,
        description="development allows a default secret and the sandbox payment provider; `artrator demo` sets it",
    )
    home: Path = Field(
        default=Path.home() / ".artrator", description="the folder for the private database, blobs and caches"
    )
    secret_key: SecretStr = Field(
        default=SecretStr(DEVELOPMENT_SECRET), description="signs links; at least 32 random characters"
    )
    database: DatabaseSettings = DatabaseSettings()
    jobs: JobSettings = JobSettings()
    storage: StorageSettings = StorageSettings()
    engine: EngineSettings = EngineSettings()
    identity: IdentitySettings = IdentitySettings()
    catalog: CatalogSettings = CatalogSettings()
    ledger: LedgerSettings = LedgerSettings()
    payments: PaymentSettings = PaymentSettings()
    verification: VerificationSettings = VerificationSettings()
    predictions: PredictionSettings = PredictionSettings()
    walks: WalkSettings = WalkSettings()
    gallery: GallerySettings = GallerySettings()
    monitoring: MonitoringSettings = MonitoringSettings()
    http: HttpSettings = HttpSettings()

    @property
    def home_folder(self) -> Path:
        """The home folder, absolute."""
        return self.home.expanduser().resolve()

    @property
    def public_url(self) -> str:
        """How others reach this server."""
        return self.http.public_url or f"http://{self.http.host}:{self.http.port}"

    @property
    def in_development(self) -> bool:
        """Tell whether ease goes before safety."""
        return self.environment is Environment.DEVELOPMENT

    def require_safe_secrets(self) -> None:
        """Raise Invalid outside development unless the secret is one that nobody can guess."""
        secret = self.secret_key.get_secret_value()
        if not self.in_development and (secret == DEVELOPMENT_SECRET or len(secret) < MIN_SECRET_LENGTH):
            raise Invalid(
                "secret_key_unsafe",
                "Set ARTRATOR_SECRET_KEY to at least 32 random characters (`openssl rand -hex 32` makes some).",
                field="secret_key",
            )

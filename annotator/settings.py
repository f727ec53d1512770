"""Settings of the app: the MMVP_* environment, with defaults that suit one person's laptop."""

import getpass
import os
from pathlib import Path
from typing import Any

from pydantic import Field, HttpUrl, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from annotator.errors import AppError

_NO_CALLS_HOME = {
    "GRADIO_ANALYTICS_ENABLED": "False",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
}


def _login_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # a container's user without a name
        return "annotator"


class Settings(BaseSettings):
    """Every setting can be given as an environment variable, e.g. ``MMVP_PORT=8000``."""

    model_config = SettingsConfigDict(
        env_prefix="MMVP_", env_ignore_empty=True, frozen=True, extra="ignore"
    )

    workspace: Path = Path("mmvp-workspace")
    host: str = "127.0.0.1"
    port: int = Field(default=7860, ge=0, le=65535)
    database_url: str | None = None
    max_pixels: int = Field(default=100_000_000, ge=1)
    target_pairs: int = Field(default=150, ge=1)
    lease_minutes: float = Field(default=5, gt=0, le=24 * 60)
    blind_encoder: str | None = None
    reference_encoder: str | None = None
    annotator: str = Field(default_factory=_login_name, min_length=1)
    analytics: bool = False
    secret: SecretStr | None = Field(default=None, min_length=32)
    public_hosts: str = ""
    behind_proxy: bool = False
    proxy_addresses: str = "127.0.0.1,::1"
    llm_base_url: HttpUrl | None = None
    llm_model: str | None = None
    llm_api_key: SecretStr | None = None
    llm_seconds: float = Field(default=60, gt=0, le=600)
    session_idle_hours: float = Field(default=24, gt=0, le=24 * 365)
    session_hours: float = Field(default=24 * 14, gt=0, le=24 * 365)

    @property
    def public_names(self) -> frozenset[str]:
        """The host names of `public_hosts`, in small letters, without port."""
        names = (name.strip().lower().rstrip(".") for name in self.public_hosts.split(","))
        return frozenset(name for name in names if name)


def load_settings(**given: Any) -> Settings:  # noqa: ANN401 - checked by pydantic
    """Settings from the environment; arguments that are not None win over it.

    Raises:
        AppError: names the variable that cannot be used.
    """
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = "MMVP_" + "_".join(str(part) for part in first["loc"]).upper()
        raise AppError(
            f"{first['msg']}.", where=name, hint="Change or unset this variable."
        ) from error


def keep_private(settings: Settings) -> None:
    """Switches the libraries' telemetry off, unless a person turned it on.

    The libraries read these variables when they are imported, so this comes before them.
    """
    if not settings.analytics:
        os.environ.update(_NO_CALLS_HOME)

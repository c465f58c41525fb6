"""Every knob that all services have, typed, with its default.

Each is set by `QIZHENG_` and its name in capitals: in the environment, or in the file that `QIZHENG_SETTINGS` names (else
`var/SERVICE/settings.env`, which `make up` writes).
"""

import os
from pathlib import Path
from typing import Self

from pydantic_settings import BaseSettings, SettingsConfigDict


class ServiceSettings(BaseSettings):
    """What a service needs to know of its surroundings."""

    model_config = SettingsConfigDict(env_prefix="QIZHENG_", extra="ignore")

    host: str = "127.0.0.1"
    port: int = 8000
    database_url: str = "postgresql://postgres@127.0.0.1:5432/postgres"
    kafka: str = "127.0.0.1:9092"
    keys: Path = Path("var/keys")
    """The folder of this service's signing key, and of the key that its tokens are signed with."""
    jwks: str = "var/keys/jwks.json"
    """File or http address of the public keys that bearer tokens are checked against."""
    token_audience: str = "qizheng"
    people_url: str = "http://127.0.0.1:8001"
    log_level: str = "INFO"
    largest_body: int = 10 * 1024 * 1024

    @classmethod
    def of(cls, service: str) -> Self:
        """The settings of a service, from its file and the environment."""
        return cls(_env_file=os.environ.get("QIZHENG_SETTINGS", f"var/{service}/settings.env"))  # pyright: ignore[reportCallIssue]  # pydantic-settings takes it

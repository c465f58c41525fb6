"""Every knob of people."""

from pathlib import Path
from typing import Literal

from pydantic import AliasChoices, Field

from chassis.facing.settings import ServiceSettings


class Settings(ServiceSettings):
    days: Literal["clock", "command"] = Field("clock", validation_alias=AliasChoices("PEOPLE_DAYS", "days"))
    """Whether the clock opens the days just after midnight, or only an operator's command does."""
    key_encryption_key: Path = Path("var/keys/people.kek")

"""Every knob of people."""

from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import AliasChoices, Field

from chassis.facing.settings import ServiceSettings


class Settings(ServiceSettings):
    days: Literal["clock", "command"] = Field("clock", validation_alias=AliasChoices("PEOPLE_DAYS", "days"))
    """Whether the clock opens the days just after midnight, or only an operator's command does."""
    time_zone: ZoneInfo = ZoneInfo("Asia/Shanghai")
    """Of the company, whose midnights these are."""
    key_encryption_key: Path = Path("var/keys/people.kek")

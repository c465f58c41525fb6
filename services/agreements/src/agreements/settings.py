"""Every knob of agreements."""

from pydantic import Field

from chassis.facing.settings import ServiceSettings


class Settings(ServiceSettings):
    offer_days: int = Field(14, ge=0)
    """So many days after the offer it is open, where the offer does not say."""

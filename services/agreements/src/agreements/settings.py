"""Every knob of agreements."""

from chassis.facing.settings import ServiceSettings


class Settings(ServiceSettings):
    offer_days: int = 14
    """So many days after the offer it is open, where the offer does not say."""

"""Every knob of payroll-bridge."""

from pathlib import Path

from chassis.facing.settings import ServiceSettings


class Settings(ServiceSettings):
    folder: Path = Path("var/payroll-bridge")
    """Where payroll fetches its files from: `exports/` in it."""

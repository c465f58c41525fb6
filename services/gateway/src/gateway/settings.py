"""Every knob of the gateway."""

from pydantic import Field

from chassis.facing.settings import ServiceSettings

USUAL = {
    name: f"http://127.0.0.1:{port}"
    for port, name in enumerate(("people", "agreements", "learning", "points", "payroll-bridge", "evidence"), 8001)
}


class Settings(ServiceSettings):
    services: dict[str, str] = Field(default_factory=USUAL.copy)
    """Where each service is; in the environment a JSON object."""
    patience: float = 120.0
    """Seconds that a service may take to begin its answer: a dossier or an import of a large roster takes a while."""
    page_patience: float = 12.0
    """Seconds that a joined view waits for a part; longer than any `Prefer: wait`, which is at most 10."""

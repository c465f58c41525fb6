"""Every knob of the gateway."""

from chassis.facing.settings import ServiceSettings


class Settings(ServiceSettings):
    services: dict[str, str] = {
        "people": "http://127.0.0.1:8001",
        "agreements": "http://127.0.0.1:8002",
        "learning": "http://127.0.0.1:8003",
        "points": "http://127.0.0.1:8004",
        "payroll-bridge": "http://127.0.0.1:8005",
        "evidence": "http://127.0.0.1:8006",
    }
    """Where each service is; in the environment a JSON object."""
    patience: float = 120.0
    """Seconds that a service may take to begin its answer: a dossier or an import of a large roster takes a while."""
    page_patience: float = 12.0
    """Seconds that a joined view waits for a part; longer than any `Prefer: wait`, which is at most 10."""

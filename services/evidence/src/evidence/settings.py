"""Every knob of evidence."""

from ipaddress import ip_address
from pathlib import Path

from chassis.facing.settings import ServiceSettings


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a host."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Settings(ServiceSettings):
    ledger: Path = Path("var/ledger")
    """The folder of the published files: tiles, bundles, checkpoint, vkey."""
    origin: str = "qizheng.local/ledger"
    """The name under which the ledger signs. It never changes."""
    folder: Path = Path("var/evidence")
    """Where documents that are too large for a record are kept."""
    public_ledger: bool | None = None
    """Whether `/ledger/…` is served without a token. Bundles hold the events, so by default only where nobody but this
    machine can ask: on a loopback host."""

    @property
    def serves_publicly(self) -> bool:
        return is_loopback(self.host) if self.public_ledger is None else self.public_ledger

    @property
    def documents(self) -> Path:
        return self.folder / "documents"

"""Whose key speaks for which service: kept in one stream, so that whoever reads it knows the order."""

from base64 import b64encode
from dataclasses import dataclass, field
from hashlib import sha256

from contracts import Refusal
from contracts.evidence import ServiceKeyRegistered

OWN = "evidence"

# What can be asked


@dataclass(frozen=True)
class RegisterKey:
    """`public` is the raw Ed25519 public key of the service, 32 bytes."""

    service: str
    public: bytes

    @property
    def key_id(self) -> str:
        return f"{self.service}/{sha256(self.public).hexdigest()[:8]}"


# Why the answer may be no


@dataclass(eq=False)
class OwnKeyComesFirst(Refusal):
    """The ledger's own key vouches for all others, so nobody's key is registered before it."""

    service: str


@dataclass(eq=False)
class NotAKey(Refusal):
    """An Ed25519 public key has 32 bytes, and its service a name."""

    service: str


# What it can be


@dataclass(frozen=True)
class Registry:
    """The ids of the keys that are registered."""

    known: frozenset[str] = field(default_factory=frozenset[str])

    @property
    def opened(self) -> bool:
        return any(key_id.startswith(f"{OWN}/") for key_id in self.known)


initial = Registry()


def decide(command: RegisterKey, registry: Registry) -> tuple[ServiceKeyRegistered, ...]:
    if not command.service or "/" in command.service or len(command.public) != 32:
        raise NotAKey(command.service)
    if command.key_id in registry.known:
        return ()  # It speaks already.
    if command.service != OWN and not registry.opened:
        raise OwnKeyComesFirst(command.service)
    public = b64encode(command.public).decode()
    return (ServiceKeyRegistered(service=command.service, key_id=command.key_id, public_key=public),)


def evolve(registry: Registry, event: ServiceKeyRegistered) -> Registry:
    return Registry(registry.known | {event.key_id})

"""The data keys of persons, fetched from people and kept in memory for a short while."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx2

from chassis.keeping.sealing import DataKey
from contracts import Refusal

MOST_OWNERS = 1_000  # in one call
KEPT = 300.0  # seconds: so long after an erasure a key may still open something here


@dataclass(eq=False)
class KeysAway(Refusal):
    """The data keys cannot be fetched from people just now; nothing was done. Ask again."""

    why: str
    status = 503


class PeopleKeyring:
    """Asks `people` for data keys, with a fresh token of this service for each call."""

    def __init__(self, people_url: str, token: Callable[[], str], *, timeout: float = 10.0) -> None:
        self._client = httpx2.Client(base_url=people_url, timeout=timeout)
        self._token = token
        self._held: dict[str, tuple[float, DataKey]] = {}

    def keys(self, owners: Iterable[str]) -> Mapping[str, DataKey]:
        """The keys of these persons; who has none is left out. Refuses with KeysAway."""
        wanted, now = sorted(set(owners)), time.monotonic()
        fresh = {owner: held for owner, held in self._held.items() if held[0] > now}
        missing = [owner for owner in wanted if owner not in fresh]
        for first in range(0, len(missing), MOST_OWNERS):
            found = self._fetch(missing[first : first + MOST_OWNERS])
            fresh |= {owner: (now + KEPT, key) for owner, key in found.items()}
        self._held = fresh
        return {owner: fresh[owner][1] for owner in wanted if owner in fresh}

    def _fetch(self, owners: list[str]) -> dict[str, DataKey]:
        try:
            headers = {"authorization": f"Bearer {self._token()}"}
            answer = self._client.post("/data-keys", json={"owners": owners}, headers=headers)
            told: dict[str, dict[str, Any]] = answer.raise_for_status().json()
            return {owner: DataKey(key["id"], bytes.fromhex(key["secret"])) for owner, key in told.items()}
        except (httpx2.HTTPError, OSError, ValueError, KeyError, TypeError, AttributeError) as fault:
            raise KeysAway(type(fault).__name__) from fault

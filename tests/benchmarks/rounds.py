"""Rounds: what is compared is measured in turn within one run, so that a slow minute of the machine is everybody's."""

import statistics
from collections.abc import Callable

ROUNDS = 3


def medians(**measured: Callable[[], float]) -> dict[str, float]:
    """The median of what each measures, over ROUNDS rounds in which each has its turn."""
    found: dict[str, list[float]] = {name: [] for name in measured}
    for _ in range(ROUNDS):
        for name, measure in measured.items():
            found[name].append(measure())
    return {name: statistics.median(rates) for name, rates in found.items()}

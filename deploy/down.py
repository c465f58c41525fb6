"""Stops what `up` has started; what was written stays. Twice is harmless."""

import sys

from house import House

from chassis.testing.processes import ServerError

if __name__ == "__main__":
    try:
        House().stop()
    except ServerError as fault:
        sys.exit(f"down: {fault}")

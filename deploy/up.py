"""Starts Kafka, PostgreSQL and all services, and says what runs where. Twice is harmless.

QIZHENG_VAR names another folder than `var`, QIZHENG_PORT_BASE other ports, so that a second house can stand beside.
"""

import sys
import time

from house import GATEWAY, House

from chassis.testing.processes import ServerError

if __name__ == "__main__":
    began = time.monotonic()
    try:
        house = House(detached=True, say=print)
        house.start()
    except ServerError as fault:
        sys.exit(f"up: {fault}")
    print(f"The house stands after {time.monotonic() - began:.1f} s, with all that it writes in {house.folder}.")
    print(f"Ask at {house.address(GATEWAY)}/api/SERVICE/…, with a bearer token of `make token`. `make down` stops it.")

"""What a step of the demo can fail with, and the one sentence that a person is told of it."""

from subprocess import SubprocessError

import httpx2
import psycopg
from aiokafka.errors import KafkaError

from chassis.testing.processes import ServerError
from chassis.testing.topics import WrongPartitions
from company.client import StepFailed
from contracts import Refusal
from contracts.envelope import NotAnEvent

OUR_OWN = (StepFailed, ServerError)
FAULTS = (
    *OUR_OWN,
    *(WrongPartitions, Refusal, NotAnEvent),
    *(httpx2.HTTPError, psycopg.Error, KafkaError, SubprocessError),
    *(OSError, ValueError, LookupError),
)


def sentence(fault: BaseException) -> str:
    """What a fault says, on one line. Of many lines these are the first and the last, where a log's end has the cause."""
    lines = [line.strip() for line in str(fault).splitlines() if line.strip()]
    said = " … ".join(lines[:1] + lines[1:][-1:])
    if isinstance(fault, OUR_OWN) and said:
        return said
    name = type(fault).__name__
    return f"{name}: {said.removeprefix(f'{name}: ')}" if said else name

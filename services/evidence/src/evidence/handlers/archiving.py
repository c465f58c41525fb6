"""What evidence does when a segment has been archived. Runs inside one Work, which only the chassis commits."""

from uuid import NAMESPACE_URL, UUID, uuid5

from chassis.keeping.work import Work
from evidence.domain import archiving
from evidence.domain.archiving import RecordSegment


def segment_stream(segment: int) -> UUID:
    return uuid5(NAMESPACE_URL, f"urn:qizheng:evidence:segment:{segment}")


def record_segment(work: Work, command: RecordSegment) -> int:
    return work.decide(archiving, segment_stream(command.segment), command)

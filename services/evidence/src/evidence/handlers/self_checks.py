"""What evidence does when it has checked itself: it says so, once for each check."""

from uuid import NAMESPACE_URL, uuid5

from chassis.keeping.work import Work
from evidence.domain import self_checks
from evidence.domain.self_checks import RecordSelfCheck

SELF_CHECKS = uuid5(NAMESPACE_URL, "urn:qizheng:evidence:self-checks")


def record_self_check(work: Work, command: RecordSelfCheck) -> int:
    return work.decide(self_checks, SELF_CHECKS, command)

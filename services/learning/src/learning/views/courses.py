"""What there is to learn: each course in all its versions."""

from collections.abc import Callable, Mapping
from itertools import groupby
from typing import Any

from chassis.keeping.work import Asked, Work
from contracts.envelope import Event, Fact
from contracts.learning import CoursePublished
from learning.domain.course import Versions

TABLES = ("courses",)


def when_published(work: Work, event: Event[CoursePublished]) -> None:
    it = event.fact
    work.write(
        "insert into courses (course, course_version, published) values (%s, %s, %s) on conflict do nothing",
        *(it.course, it.course_version, it.model_dump_json()),
    )


def all_courses(asked: Asked) -> list[Versions]:
    """Every course with its versions, oldest first, in the order of their names."""
    rows = asked.rows("select course, published from courses order by course, course_version")
    return [
        tuple(CoursePublished.model_validate_json(row["published"]) for row in versions)
        for _, versions in groupby(rows, key=lambda row: row["course"])
    ]


CHANGES: Mapping[type[Fact], Callable[[Work, Event[Any]], None]] = {CoursePublished: when_published}

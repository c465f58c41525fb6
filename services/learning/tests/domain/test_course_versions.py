"""The life of a course in its versions, and whom a version asks to learn it."""

from datetime import date
from decimal import Decimal

import pytest

from chassis.testing.spec import given
from learning.domain import course
from learning.domain.course import (
    FirstDayGoesBack,
    NoSuchCourse,
    NotYetOffered,
    PublishCourse,
    WorkshopHasNoExam,
    asked_on_transfer,
    asked_since,
    first_met,
    in_force,
    published,
)

new_year, june, before = date(2024, 1, 1), date(2024, 6, 1), date(2023, 6, 1)


def publish(**asked):
    usual = {
        "course": "safety",
        "title": "安全生产",
        "course_class": "强制",
        "form": "ONLINE",
        "hours": Decimal(8),
        "pass_mark": Decimal(80),
        "posts": (),
        "on_hire": False,
        "due_days": 30,
        "first_day": new_year,
    }
    return PublishCourse(**(usual | asked))


def test_a_course_is_published_as_its_first_version(version):
    given(course).when(publish()).then(version())


def test_a_changed_course_is_its_next_version(version):
    given(course, version()).when(publish(hours=Decimal(10), first_day=june)).then(
        version(course_version=2, hours=Decimal(10), first_day=june)
    )


def test_publishing_the_same_again_changes_nothing(version):
    given(course, version()).when(publish()).then_nothing()


def test_a_version_cannot_hold_from_before_the_one_before_it(version):
    given(course, version()).when(publish(hours=Decimal(10), first_day=before)).then_refused(
        FirstDayGoesBack("safety", before, new_year)
    )


def test_a_workshop_has_no_pass_mark():
    given(course).when(publish(form="WORKSHOP")).then_refused(WorkshopHasNoExam("safety"))


def test_the_version_of_a_day_is_the_newest_that_holds_by_then(version):
    versions = (version(), version(course_version=2, first_day=june))
    assert [in_force(versions, day).course_version for day in (new_year, date(2024, 5, 31), june)] == [1, 1, 2]


def test_before_its_first_day_a_course_is_not_offered(version):
    with pytest.raises(NotYetOffered):
        in_force((version(),), before)


def test_who_comes_before_the_first_day_meets_the_first_version(version):
    versions = (version(first_day=june), version(course_version=2, first_day=june.replace(month=9)))
    assert first_met(versions, new_year).course_version == 1


def test_nothing_is_known_of_a_course_that_nobody_published():
    with pytest.raises(NoSuchCourse):
        published(None, "safety")


def test_a_post_is_asked_from_the_first_day_or_from_the_hire_whichever_is_later(version):
    welders = version(posts=("焊工",))
    assert asked_since(welders, "焊工", before) == ("POST", new_year)
    assert asked_since(welders, "焊工", june) == ("POST", june)
    assert asked_since(welders, "会计", june) is None


def test_a_course_on_hire_asks_those_hired_since_its_first_day(version):
    onboarding = version(on_hire=True)
    assert asked_since(onboarding, "会计", new_year) == ("HIRE", new_year)
    assert asked_since(onboarding, "会计", before) is None


def test_a_transfer_is_asked_what_the_new_post_asks_and_no_onboarding(version):
    welders = version(posts=("焊工",), on_hire=True)
    assert asked_on_transfer(welders, "焊工", june) == ("TRANSFER", june)
    assert asked_on_transfer(welders, "焊工", before) == ("TRANSFER", new_year)
    assert asked_on_transfer(welders, "会计", june) is None

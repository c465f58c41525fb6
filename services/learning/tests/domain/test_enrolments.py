"""The life of an enrolment: assigned, studied, failed, studied again, passed, voided, overdue; told as given, when, then."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given as generated
from hypothesis import strategies as st
from pydantic import TypeAdapter

from chassis.testing.spec import given
from contracts.learning import (
    CourseAssigned,
    CourseStudied,
    ExamFailed,
    ExamPassed,
    TrainingCompleted,
    TrainingOverdue,
    TrainingVoided,
)
from learning.domain import enrolment
from learning.domain.enrolment import AssignCourse, NotCompleted, NoteOverdue, VoidTraining
from learning.domain.rounds import Completed, Enrolment, Failed, Learning, Round
from learning.domain.ways import (
    AlreadyCompleted,
    AttendWorkshop,
    CompleteOutside,
    MustStudyAgain,
    NoExam,
    NotAssigned,
    OtherForm,
    ScoreMissing,
    SitExam,
    StudyCourse,
    StudyUnfinished,
)

monday, tuesday, friday = date(2024, 1, 1), date(2024, 1, 2), date(2024, 1, 5)
due, day_after = date(2024, 1, 31), date(2024, 2, 1)
D = Decimal
PASS = D(80)


def assigned(on=monday, due=due, because="POST"):
    return CourseAssigned(employee="E1", course="safety", course_version=1, because=because, on=on, due=due)


def studied(hours=8, on=monday):
    return CourseStudied(employee="E1", course="safety", on=on, hours=D(hours))


def exam(kind, score, attempt=1, on=tuesday, course_class="强制"):
    return kind(
        employee="E1",
        course="safety",
        course_class=course_class,
        on=on,
        attempt=attempt,
        score=D(score),
        pass_mark=PASS,
    )


def completed(on=tuesday, attempts=1, score=PASS, form="ONLINE", course_class="强制"):
    return TrainingCompleted(
        employee="E1",
        course="safety",
        course_version=1,
        course_class=course_class,
        form=form,
        hours=D(8),
        on=on,
        attempts=attempts,
        score=score,
    )


voided = TrainingVoided(employee="E1", course="safety", completion="c1", reason="代考")
void = VoidTraining("E1", "safety", "c1", "代考")
overdue = TrainingOverdue(employee="E1", course="safety", due=due, on=day_after)


@pytest.fixture
def online(version):
    return (version(),)


@pytest.fixture
def reading(version):
    return (version(pass_mark=None),)


@pytest.fixture
def workshop(version):
    return (version(form="WORKSHOP", pass_mark=None),)


@pytest.fixture
def outside(version):
    return (version(form="EXTERNAL", course_class="专项"),)


# Assigning


def test_an_assignment_is_due_so_many_days_later(version):
    given(enrolment).when(AssignCourse("E1", version(), "POST", monday)).then(assigned())


def test_what_is_open_is_not_assigned_again(version):
    given(enrolment, assigned()).when(AssignCourse("E1", version(), "HAND", friday)).then_nothing()


def test_no_rule_asks_again_for_what_is_done(version):
    done = (assigned(), studied(), exam(ExamPassed, 80), completed())
    given(enrolment, *done).when(AssignCourse("E1", version(), "TRANSFER", friday)).then_nothing()


def test_by_hand_a_later_day_asks_for_what_is_done_again(version):
    done = (assigned(), studied(), exam(ExamPassed, 80), completed())
    given(enrolment, *done).when(AssignCourse("E1", version(), "HAND", friday)).then(
        assigned(friday, date(2024, 2, 4), "HAND")
    )
    given(enrolment, *done).when(AssignCourse("E1", version(), "HAND", tuesday)).then_nothing()


def test_retraining_begins_anew(online):
    again = (assigned(), studied(), exam(ExamPassed, 80), completed(), assigned(friday, because="HAND"))
    given(enrolment, *again).when(SitExam("E1", online, friday, D(90))).then_refused(
        StudyUnfinished("E1", "safety", D(0), D(8))
    )
    given(enrolment, *again, studied(on=friday)).when(SitExam("E1", online, friday, D(90))).then(
        exam(ExamPassed, 90, on=friday), completed(friday, score=D(90))
    )


# Studying


def test_what_is_not_assigned_is_not_studied(online):
    given(enrolment).when(StudyCourse("E1", online, monday, D(8))).then_refused(NotAssigned("E1", "safety"))


def test_hours_add_up_to_those_of_the_course(online):
    given(enrolment, assigned(), studied(5)).when(SitExam("E1", online, tuesday, D(90))).then_refused(
        StudyUnfinished("E1", "safety", D(5), D(8))
    )
    given(enrolment, assigned(), studied(5), studied(3)).when(SitExam("E1", online, tuesday, D(80))).then(
        exam(ExamPassed, 80), completed()
    )


def test_without_an_exam_the_last_hour_completes(reading):
    given(enrolment, assigned()).when(StudyCourse("E1", reading, monday, D(5))).then(studied(5))
    given(enrolment, assigned(), studied(5)).when(StudyCourse("E1", reading, monday, D(3))).then(
        studied(3), completed(monday, attempts=0, score=None)
    )


def test_without_an_exam_none_can_be_sat(reading):
    given(enrolment, assigned(), studied(5)).when(SitExam("E1", reading, monday, D(90))).then_refused(NoExam("safety"))


def test_what_is_done_is_not_studied_again_without_being_assigned(online):
    given(enrolment, assigned(), studied(), exam(ExamPassed, 80), completed()).when(
        StudyCourse("E1", online, friday, D(1))
    ).then_refused(AlreadyCompleted("E1", "safety", tuesday))


# Exams


def test_a_score_below_the_pass_mark_fails(online):
    given(enrolment, assigned(), studied()).when(SitExam("E1", online, tuesday, D("79.99"))).then(
        exam(ExamFailed, "79.99")
    )


def test_a_resit_needs_learning_again(online):
    failed = (assigned(), studied(), exam(ExamFailed, 60))
    given(enrolment, *failed).when(SitExam("E1", online, friday, D(90))).then_refused(
        MustStudyAgain("E1", "safety", tuesday)
    )


def test_learning_from_before_the_fail_opens_no_resit(online):
    failed = (assigned(), studied(), exam(ExamFailed, 60))
    given(enrolment, *failed).when(StudyCourse("E1", online, monday, D(1))).then_refused(
        MustStudyAgain("E1", "safety", tuesday)
    )


def test_the_resit_is_the_next_attempt(online):
    relearned = (assigned(), studied(), exam(ExamFailed, 60), studied(1, friday))
    given(enrolment, *relearned).when(SitExam("E1", online, friday, D(95))).then(
        exam(ExamPassed, 95, attempt=2, on=friday), completed(friday, attempts=2, score=D(95))
    )


def test_each_fail_asks_for_learning_again(online):
    twice = (assigned(), studied(), exam(ExamFailed, 60), studied(1, friday), exam(ExamFailed, 70, 2, friday))
    given(enrolment, *twice).when(SitExam("E1", online, friday, D(90))).then_refused(
        MustStudyAgain("E1", "safety", friday)
    )


def test_the_version_that_was_assigned_counts(version):
    versions = (version(), version(course_version=2, pass_mark=D(90)))
    given(enrolment, assigned(), studied()).when(SitExam("E1", versions, tuesday, D(80))).then(
        exam(ExamPassed, 80), completed()
    )


# Workshops


def test_who_attends_a_workshop_has_completed_it(workshop):
    given(enrolment, assigned()).when(AttendWorkshop("E1", workshop, tuesday)).then(
        completed(attempts=0, score=None, form="WORKSHOP")
    )


def test_a_workshop_is_open_to_who_was_not_asked(workshop):
    given(enrolment).when(AttendWorkshop("E1", workshop, tuesday)).then(
        completed(attempts=0, score=None, form="WORKSHOP")
    )


def test_the_same_list_again_changes_nothing(workshop):
    done = completed(attempts=0, score=None, form="WORKSHOP")
    given(enrolment, done).when(AttendWorkshop("E1", workshop, tuesday)).then_nothing()
    given(enrolment, done).when(AttendWorkshop("E1", workshop, friday)).then_refused(
        AlreadyCompleted("E1", "safety", tuesday)
    )


def test_each_form_has_its_own_way(online, workshop):
    given(enrolment).when(AttendWorkshop("E1", online, tuesday)).then_refused(OtherForm("safety", "ONLINE"))
    given(enrolment, assigned()).when(AttendWorkshop("E1", online, tuesday)).then_refused(OtherForm("safety", "ONLINE"))
    given(enrolment, assigned()).when(StudyCourse("E1", workshop, tuesday, D(1))).then_refused(
        OtherForm("safety", "WORKSHOP")
    )
    given(enrolment, assigned()).when(CompleteOutside("E1", workshop, tuesday, None)).then_refused(
        OtherForm("safety", "WORKSHOP")
    )


# Trainings elsewhere


def test_a_training_elsewhere_that_was_passed_is_completed(outside):
    given(enrolment, assigned()).when(CompleteOutside("E1", outside, tuesday, D(86))).then(
        exam(ExamPassed, 86, course_class="专项"), completed(score=D(86), form="EXTERNAL", course_class="专项")
    )


def test_a_training_elsewhere_that_was_failed_is_not_completed_and_can_be_done_again(outside):
    failed = exam(ExamFailed, 50, course_class="专项")
    given(enrolment, assigned()).when(CompleteOutside("E1", outside, tuesday, D(50))).then(failed)
    given(enrolment, assigned(), failed).when(CompleteOutside("E1", outside, friday, D(80))).then(
        exam(ExamPassed, 80, 2, friday, "专项"), completed(friday, 2, D(80), "EXTERNAL", "专项")
    )


def test_with_a_pass_mark_a_score_is_needed(outside):
    given(enrolment, assigned()).when(CompleteOutside("E1", outside, tuesday, None)).then_refused(
        ScoreMissing("E1", "safety", D(80))
    )


def test_without_a_pass_mark_a_score_is_only_noted(version):
    unmarked = (version(form="EXTERNAL", course_class="专项", pass_mark=None),)
    for score in (None, D(40)):
        given(enrolment, assigned()).when(CompleteOutside("E1", unmarked, tuesday, score)).then(
            completed(attempts=0, score=score, form="EXTERNAL", course_class="专项")
        )


# Voiding


def test_a_completion_can_be_voided_once():
    done = (assigned(), studied(), exam(ExamPassed, 80), completed())
    given(enrolment, *done).when(void).then(voided)
    given(enrolment, *done, voided).when(void).then_refused(NotCompleted("E1", "safety"))


def test_what_was_voided_is_learned_from_the_start_and_its_attempts_count_on(online):
    taken_back = (assigned(), studied(), exam(ExamPassed, 80), completed(), voided)
    given(enrolment, *taken_back).when(SitExam("E1", online, friday, D(90))).then_refused(
        StudyUnfinished("E1", "safety", D(0), D(8))
    )
    given(enrolment, *taken_back, studied()).when(SitExam("E1", online, friday, D(90))).then(
        exam(ExamPassed, 90, 2, friday), completed(friday, 2, D(90))
    )


def test_a_voided_attendance_that_nobody_asked_for_leaves_nothing_to_learn(workshop):
    attended = completed(attempts=0, score=None, form="WORKSHOP")
    given(enrolment, attended, voided).when(NoteOverdue(friday)).then_nothing()
    given(enrolment, attended, voided).when(AttendWorkshop("E1", workshop, friday)).then(
        completed(friday, 0, None, "WORKSHOP")
    )


# Overdue


def test_what_is_not_done_when_the_due_day_is_over_is_overdue_once():
    given(enrolment, assigned()).when(NoteOverdue(day_after)).then(overdue)
    given(enrolment, assigned(), overdue).when(NoteOverdue(day_after)).then_nothing()


def test_on_the_due_day_itself_nothing_is_overdue():
    given(enrolment, assigned()).when(NoteOverdue(due)).then_nothing()


def test_a_failed_exam_leaves_the_training_overdue():
    given(enrolment, assigned(), studied(), exam(ExamFailed, 60)).when(NoteOverdue(day_after)).then(overdue)


def test_what_is_done_is_never_overdue():
    given(enrolment, assigned(), studied(), exam(ExamPassed, 80), completed()).when(
        NoteOverdue(day_after)
    ).then_nothing()


# Always


@pytest.mark.parametrize(
    "state",
    [
        Learning(Round("E1", "safety", 1, due), D(3)),
        Failed(Round("E1", "safety", 1, due, 1, True), D(8), tuesday),
        Completed(Round("E1", "safety", 1, None), tuesday),
        None,
    ],
)
def test_a_snapshot_of_an_enrolment_is_the_enrolment(state):
    kept: TypeAdapter[Enrolment] = TypeAdapter(Enrolment)
    assert kept.validate_json(kept.dump_json(state)) == state


@generated(scores=st.lists(st.integers(0, 100), min_size=1, max_size=6))
def test_whatever_the_scores_there_is_one_completion_and_every_attempt_is_counted(version, scores):
    versions, state, said = (version(),), enrolment.evolve(None, assigned()), []
    for score in scores:
        if isinstance(state, Completed):
            break
        for command in (StudyCourse("E1", versions, monday, D(8)), SitExam("E1", versions, monday, D(score))):
            for event in enrolment.decide(command, state):
                state = enrolment.evolve(state, event)
                said.append(event)
    sat = [event for event in said if isinstance(event, ExamPassed | ExamFailed)]
    done = [event for event in said if isinstance(event, TrainingCompleted)]
    assert [event.attempt for event in sat] == list(range(1, len(sat) + 1))
    assert [event.attempts for event in done] == ([len(sat)] if max(scores) >= 80 else [])

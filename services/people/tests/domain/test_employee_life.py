"""The life of an employee at the company, told as given, when, then."""

from datetime import date

from chassis.testing.spec import given
from contracts.envelope import Sealed
from contracts.people import (
    DataKeyCreated,
    EmployeeHired,
    EmployeeLeft,
    EmployeeTransferred,
    FileRead,
    LeavingCorrected,
    PastTrainingImported,
)
from people.domain import employee
from people.domain.employee import (
    AddPastTraining,
    AlreadyHired,
    AlreadyLeft,
    BeforeHiring,
    CorrectLeaving,
    HasNotLeft,
    HireEmployee,
    NotEmployed,
    ProofMissing,
    ReadFile,
    RecordLeaving,
    TransferEmployee,
)

monday, friday, before = date(2024, 3, 4), date(2024, 3, 8), date(2024, 3, 1)
sealed = Sealed(key="E1/k", text="c2VhbGVk", commitment="0" * 64)
key = DataKeyCreated(employee="E1", key="E1/k", wrapped_by="kek")


def ada(post: str = "焊工") -> EmployeeHired:
    return EmployeeHired(
        employee="E1",
        number="1",
        name=sealed,
        identity_number=sealed,
        department="集团/制造中心/一车间",
        post=post,
        rank="P3",
        level="基层",
        region="GUANGDONG",
        on=monday,
    )


hire = HireEmployee(ada(), "E1/k", "kek")
left = EmployeeLeft(employee="E1", last_day=friday, ground="ART37_RESIGN_WITH_NOTICE", proof="辞职信")


def test_an_employee_is_hired_under_a_data_key_of_their_own():
    given(employee).when(hire).then(key, ada())


def test_the_same_row_again_changes_nothing():
    given(employee, key, ada()).when(hire).then_nothing()


def test_the_same_row_again_changes_nothing_after_a_transfer_and_neither_does_the_new_seat():
    seat = {"department": "集团/制造中心/二车间", "post": "班组长", "rank": "P3", "level": "基层"}
    moved = key, ada(), EmployeeTransferred(employee="E1", on=friday, **seat)
    given(employee, *moved).when(hire).then_nothing()
    given(employee, *moved).when(HireEmployee(ada().model_copy(update=seat), "E1/k", "kek")).then_nothing()
    given(employee, *moved).when(HireEmployee(ada("电工"), "E1/k", "kek")).then_refused(AlreadyHired("1"))


def test_another_person_under_the_same_number_is_refused():
    given(employee, key, ada()).when(HireEmployee(ada("电工"), "E1/k", "kek")).then_refused(AlreadyHired("1"))


def test_who_has_left_is_not_hired_again_under_the_same_number():
    given(employee, key, ada(), left).when(hire).then_refused(AlreadyHired("1"))


def transfer(post: str = "班组长", on: date = friday) -> TransferEmployee:
    return TransferEmployee(on, "集团/制造中心/一车间", post, "P3", "基层")


def test_an_employee_is_transferred():
    moved = EmployeeTransferred(
        employee="E1", on=friday, department="集团/制造中心/一车间", post="班组长", rank="P3", level="基层"
    )
    given(employee, key, ada()).when(transfer()).then(moved)


def test_a_transfer_to_where_one_is_changes_nothing():
    given(employee, key, ada()).when(transfer("焊工")).then_nothing()


def test_nobody_is_transferred_before_being_hired():
    given(employee, key, ada()).when(transfer(on=before)).then_refused(BeforeHiring(before, monday))


def test_nobody_unknown_is_transferred():
    given(employee).when(transfer()).then_refused(NotEmployed())


def test_who_has_left_is_not_transferred():
    given(employee, key, ada(), left).when(transfer()).then_refused(AlreadyLeft(friday))


def test_a_leaving_rests_on_a_ground_and_a_proof():
    given(employee, key, ada()).when(RecordLeaving(friday, "ART37_RESIGN_WITH_NOTICE", "辞职信")).then(left)


def test_a_leaving_without_proof_is_refused():
    given(employee, key, ada()).when(RecordLeaving(friday, "ART39_2", " ")).then_refused(ProofMissing())


def test_the_same_leaving_again_changes_nothing():
    given(employee, key, ada(), left).when(RecordLeaving(friday, "ART37_RESIGN_WITH_NOTICE", "辞职信")).then_nothing()


def test_a_second_leaving_is_refused():
    given(employee, key, ada(), left).when(RecordLeaving(friday, "ART41", "方案")).then_refused(AlreadyLeft(friday))


def test_nobody_leaves_before_being_hired():
    given(employee, key, ada()).when(RecordLeaving(before, "ART41", "方案")).then_refused(BeforeHiring(before, monday))


def test_a_leaving_can_be_corrected_with_a_reason():
    corrected = LeavingCorrected(
        employee="E1", last_day=friday, ground="ART38_EMPLOYER_FAULT", proof="裁决书", reason="仲裁"
    )
    asked = CorrectLeaving(friday, "ART38_EMPLOYER_FAULT", "裁决书", "仲裁")
    given(employee, key, ada(), left).when(asked).then(corrected)


def test_a_correction_that_says_the_same_changes_nothing():
    asked = CorrectLeaving(friday, "ART37_RESIGN_WITH_NOTICE", "辞职信", "核对")
    given(employee, key, ada(), left).when(asked).then_nothing()


def test_who_has_not_left_has_no_leaving_to_correct():
    given(employee, key, ada()).when(CorrectLeaving(friday, "ART41", "方案", "?")).then_refused(HasNotLeft())


past = PastTrainingImported(employee="E1", course="消防安全", kind="安全", on=before, hours=2)


def test_a_past_training_is_taken_in_once():
    given(employee, key, ada()).when(AddPastTraining(past)).then(past)
    given(employee, key, ada(), past).when(AddPastTraining(past)).then_nothing()


def test_a_past_training_of_somebody_unknown_is_refused():
    given(employee).when(AddPastTraining(past)).then_refused(NotEmployed())


def test_reading_anothers_file_is_a_fact():
    given(employee, key, ada()).when(ReadFile("leaving desk")).then(FileRead(employee="E1", purpose="leaving desk"))

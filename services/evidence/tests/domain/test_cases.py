"""The life of a case, told as given, when, then; and what it does to the records of those whom it is about."""

from datetime import date
from uuid import UUID

import pytest

from chassis.testing.spec import given
from contracts.envelope import Sealed, event_id
from contracts.evidence import (
    CaseClosed,
    CaseOpened,
    DocumentFiled,
    DossierHandedOver,
    DossierRequested,
    FieldOpened,
    LegalHoldLifted,
    LegalHoldPlaced,
)
from evidence.domain import case, person
from evidence.domain.case import (
    CaseExists,
    CaseHasEnded,
    CloseCase,
    FileDocument,
    NoSubjects,
    NoSuchCase,
    NotASubject,
    NoteHandOver,
    NothingToHandOver,
    OpenCase,
    PeriodBackwards,
    RequestDossier,
    SubjectsUnknown,
)
from evidence.domain.person import LiftHold, NotHeld, OpenField, PlaceHold

CASE = UUID("0190a1b2-0000-4000-8000-00000000ca5e")
new_year, midsummer = date(2026, 1, 1), date(2026, 6, 30)
NAME = Sealed(key="k1", text="eA==", commitment="c" * 64)


def asking(**said) -> OpenCase:
    return OpenCase(
        **{
            "case": CASE,
            "number": "劳人仲字2026第12号",
            "dispute": "TRAINING_AGREEMENT",
            "subjects": ("E1001",),
            "known": frozenset({"E1001", "E1002"}),
            "since": new_year,
            "until": midsummer,
            "claim": "返还培训服务期违约金",
            **said,
        }
    )


def opened(**said) -> CaseOpened:
    told = {name: value for name, value in vars(asking()).items() if name != "known"}
    return CaseOpened(**{**told, "case": str(CASE), "subjects": ["E1001"], **said})


document = FileDocument("E1001", NAME, "application/pdf", 7, "a" * 64, "b" * 64, "ada")
filed = DocumentFiled(case=str(CASE), **vars(document))
requested = DossierRequested(case=str(CASE), recipient="仲裁委", purpose="举证")
REQUEST = str(event_id(CASE, 2))
hand_over = NoteHandOver(REQUEST, 12, "d" * 64, "e" * 64, "f" * 64)
handed = DossierHandedOver(case=str(CASE), recipient="仲裁委", **vars(hand_over))
closed = CaseClosed(case=str(CASE), outcome="调解结案")


def test_a_case_is_opened_about_each_person_once():
    given(case).when(asking(subjects=("E1002", "E1001", "E1002"))).then(opened(subjects=["E1001", "E1002"]))


def test_opening_a_case_again_changes_nothing_if_it_says_the_same():
    given(case, opened()).when(asking()).then_nothing()


@pytest.mark.parametrize("past", [(opened(),), (opened(), closed)])
def test_a_case_that_exists_cannot_be_opened_as_another(past):
    given(case, *past).when(asking(claim="别的请求")).then_refused(CaseExists("劳人仲字2026第12号"))


def test_a_case_about_nobody_is_refused():
    given(case).when(asking(subjects=())).then_refused(NoSubjects())


def test_a_case_about_somebody_of_whom_the_ledger_knows_nothing_is_refused():
    given(case).when(asking(subjects=("E1001", "E9"))).then_refused(SubjectsUnknown(("E9",)))


def test_a_period_that_ends_before_it_begins_is_refused():
    given(case).when(asking(since=midsummer, until=new_year)).then_refused(PeriodBackwards(midsummer, new_year))
    given(case).when(asking(since=new_year, until=new_year)).then(opened(until=new_year))


def test_a_document_is_put_to_an_open_case_once():
    given(case, opened()).when(document).then(filed)
    given(case, opened(), filed).when(document).then_nothing()


def test_a_document_about_somebody_else_is_refused():
    other = FileDocument("E1002", NAME, "application/pdf", 7, "a" * 64, "b" * 64, "ada")
    given(case, opened()).when(other).then_refused(NotASubject("E1002", ("E1001",)))


@pytest.mark.parametrize("command", [document, RequestDossier("仲裁委", "举证"), CloseCase("撤回"), hand_over])
def test_nothing_can_be_done_in_a_case_that_nobody_opened(command):
    given(case).when(command).then_refused(NoSuchCase())


@pytest.mark.parametrize("command", [document, RequestDossier("仲裁委", "举证")])
def test_nothing_is_added_to_a_closed_case(command):
    given(case, opened(), closed).when(command).then_refused(CaseHasEnded("劳人仲字2026第12号", "调解结案"))


def test_a_dossier_is_handed_over_to_whom_it_was_asked_for_as_often_as_it_leaves():
    given(case, opened()).when(RequestDossier("仲裁委", "举证")).then(requested)
    given(case, opened(), requested).when(hand_over).then(handed)
    given(case, opened(), requested, handed).when(hand_over).then(handed)


def test_what_was_asked_for_while_the_case_was_open_may_leave_after_its_close():
    given(case, opened(), requested, closed).when(hand_over).then(handed)


def test_nothing_leaves_that_nobody_asked_for():
    given(case, opened(), filed).when(hand_over).then_refused(NothingToHandOver(REQUEST))
    third = NoteHandOver(str(event_id(CASE, 3)), 12, "d" * 64, "e" * 64, "f" * 64)
    given(case, opened(), filed, requested).when(third).then(
        DossierHandedOver(case=str(CASE), recipient="仲裁委", **vars(third))
    )


def test_a_case_is_closed_once():
    given(case, opened()).when(CloseCase("调解结案")).then(closed)
    given(case, opened(), closed).when(CloseCase("另一结果")).then_nothing()


placed = LegalHoldPlaced(employee="E1001", case=str(CASE))
lifted = LegalHoldLifted(employee="E1001", case=str(CASE), reason="调解结案")
asked = OpenField("E1001", str(CASE), REQUEST, "name", "c" * 64, "核对身份")


def test_a_hold_is_placed_once_for_a_case_and_lifted_with_it():
    given(person).when(PlaceHold("E1001", str(CASE))).then(placed)
    given(person, placed).when(PlaceHold("E1001", str(CASE))).then_nothing()
    given(person, placed).when(LiftHold("E1001", str(CASE), "调解结案")).then(lifted)
    given(person, placed, lifted).when(LiftHold("E1001", str(CASE), "调解结案")).then_nothing()


def test_lifting_one_hold_leaves_that_of_another_case():
    other = LegalHoldPlaced(employee="E1001", case="another")
    field = OpenField("E1001", "another", REQUEST, "name", "c" * 64, "核对身份")
    given(person, placed, other, lifted).when(field).then(FieldOpened(**vars(field)))


def test_a_field_is_opened_once_for_a_case_that_holds_its_person():
    given(person, placed).when(asked).then(FieldOpened(**vars(asked)))
    given(person, placed, FieldOpened(**vars(asked))).when(asked).then_nothing()


@pytest.mark.parametrize("past", [(), (placed, lifted)])
def test_no_field_is_opened_for_a_case_that_does_not_hold_its_person(past):
    given(person, *past).when(asked).then_refused(NotHeld("E1001", str(CASE)))

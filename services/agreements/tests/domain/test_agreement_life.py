"""The life of an agreement, told as given, when, then: offered, signed, sealed; or withdrawn, declined, lapsed."""

from datetime import date

from pydantic import TypeAdapter

from agreements.domain import agreement
from agreements.domain.concluding import (
    DeclineAgreement,
    LetLapse,
    OfferAgreement,
    OfferLapsed,
    OpenInThePast,
    OtherDocument,
    SealAgreement,
    SignAgreement,
    SigningIncomplete,
    WithdrawAgreement,
)
from agreements.domain.life import Agreement, NoSuchAgreement, NotPossibleNow
from agreements.domain.serving import FulfilServicePeriod, RemindOfEnd, StartServicePeriod
from chassis.testing.spec import given
from contracts.agreements import (
    AgreementDeclined,
    AgreementLapsed,
    AgreementWithdrawn,
    ServicePeriodEnding,
    ServicePeriodFulfilled,
)

OTHER = "cd" * 32
lapsed_on = date(2024, 1, 17)
ending, over = date(2025, 12, 10), date(2026, 1, 11)


def sign(story, on=None, document=None, identified_by="OIDC", intent="我已阅读并同意"):
    return SignAgreement(on or story.offered_on, document or story.drafted.document, identified_by, intent)


def test_a_draft_is_offered_until_a_day(story):
    offer = OfferAgreement(story.offered_on, story.open_until)
    given(agreement, story.drafted).when(offer).then(story.offered)
    given(agreement, story.drafted, story.offered).when(offer).then_nothing()


def test_an_offer_is_not_open_in_the_past(story):
    offer = OfferAgreement(lapsed_on, story.open_until)
    given(agreement, story.drafted).when(offer).then_refused(OpenInThePast(story.open_until, lapsed_on))


def test_nothing_can_be_offered_signed_or_sealed_before_it_is_drafted(story):
    for command in (OfferAgreement(lapsed_on, lapsed_on), sign(story), SealAgreement(lapsed_on)):
        given(agreement).when(command).then_refused(NoSuchAgreement())


def test_the_employee_signs_the_document_that_was_offered(story):
    given(agreement, story.drafted, story.offered).when(sign(story)).then(story.signed)


def test_signing_twice_changes_nothing(story):
    given(agreement, story.drafted, story.offered, story.signed).when(sign(story)).then_nothing()


def test_a_draft_that_was_not_offered_cannot_be_signed(story):
    given(agreement, story.drafted).when(sign(story)).then_refused(NotPossibleNow("drafted"))


def test_another_document_cannot_be_signed(story):
    no = OtherDocument(OTHER, story.drafted.document)
    given(agreement, story.drafted, story.offered).when(sign(story, document=OTHER)).then_refused(no)
    given(agreement, *story.binding).when(sign(story, document=OTHER)).then_refused(no)


def test_a_signature_says_who_and_what_is_intended(story):
    for blank in ({"identified_by": " "}, {"intent": " "}):
        given(agreement, story.drafted, story.offered).when(sign(story, **blank)).then_refused(SigningIncomplete())


def test_an_offer_can_be_signed_on_its_last_day_and_not_after(story):
    given(agreement, story.drafted, story.offered).when(sign(story, story.open_until)).then(
        story.signed.model_copy(update={"on": story.open_until})
    )
    given(agreement, story.drafted, story.offered).when(sign(story, lapsed_on)).then_refused(
        OfferLapsed(story.open_until, lapsed_on)
    )


def test_the_company_seals_only_what_was_signed(story):
    seal = SealAgreement(story.offered_on)
    given(agreement, story.drafted, story.offered).when(seal).then_refused(NotPossibleNow("offered"))
    given(agreement, story.drafted, story.offered, story.signed).when(seal).then(story.sealed)
    given(agreement, *story.binding).when(seal).then_nothing()


def test_what_is_not_sealed_can_be_withdrawn(story):
    withdrawn = AgreementWithdrawn(employee="E1", reason="course cancelled")
    command = WithdrawAgreement("course cancelled")
    for so_far in ((), (story.offered,), (story.offered, story.signed)):
        given(agreement, story.drafted, *so_far).when(command).then(withdrawn)
    given(agreement, story.drafted, withdrawn).when(command).then_nothing()
    given(agreement, story.drafted, withdrawn).when(sign(story)).then_refused(NotPossibleNow("withdrawn"))
    given(agreement, *story.binding).when(command).then_refused(NotPossibleNow("sealed"))


def test_an_offer_can_be_declined_until_it_is_signed(story):
    declined, command = AgreementDeclined(employee="E1", reason="too long"), DeclineAgreement("too long")
    given(agreement, story.drafted, story.offered).when(command).then(declined)
    given(agreement, story.drafted, story.offered, declined).when(command).then_nothing()
    given(agreement, story.drafted, story.offered, story.signed).when(command).then_refused(NotPossibleNow("signed"))


def test_an_offer_lapses_the_day_after_its_last(story):
    given(agreement, story.drafted, story.offered).when(LetLapse(lapsed_on)).then(
        AgreementLapsed(employee="E1", open_until=story.open_until)
    )


def test_what_was_answered_in_time_does_not_lapse(story):
    given(agreement, story.drafted, story.offered).when(LetLapse(story.open_until)).then_nothing()
    given(agreement, story.drafted, story.offered, story.signed).when(LetLapse(lapsed_on)).then_nothing()


def test_the_service_period_runs_from_the_day_after_the_training_to_the_corresponding_day(story):
    given(agreement, *story.binding).when(StartServicePeriod(story.trained_on)).then(story.started)
    given(agreement, *story.binding, story.started).when(StartServicePeriod(story.trained_on)).then_nothing()


def test_the_contract_of_employment_runs_on_to_its_end_unless_otherwise_agreed(story):
    sooner, later = date(2025, 6, 30), date(2027, 6, 30)
    extended = story.started.model_copy(update={"contract_extended_to": date(2026, 1, 10)})
    given(agreement, *story.binding).when(StartServicePeriod(story.trained_on, sooner)).then(extended)
    given(agreement, *story.binding).when(StartServicePeriod(story.trained_on, later)).then(story.started)
    drafted = story.drafted.model_copy(update={"ends_with_contract": True})
    given(agreement, drafted, *story.binding[1:]).when(StartServicePeriod(story.trained_on, sooner)).then(story.started)


def test_no_service_period_starts_before_the_seal_for_an_earlier_training_or_for_who_had_left(story):
    start = StartServicePeriod(story.trained_on)
    given(agreement, story.drafted, story.offered, story.signed).when(start).then_nothing()
    given(agreement, *story.binding).when(StartServicePeriod(date(2024, 1, 1))).then_nothing()
    gone = StartServicePeriod(story.trained_on, left_on=date(2024, 1, 9))
    given(agreement, *story.binding).when(gone).then_nothing()


def test_the_draft_may_say_from_when_on_the_training_counts(story):
    drafted = story.drafted.model_copy(update={"training_from": story.trained_on})
    offered = story.offered.model_copy(update={"on": date(2024, 1, 12)})
    given(agreement, drafted, offered, story.signed, story.sealed).when(StartServicePeriod(story.trained_on)).then(
        story.started
    )


def test_hr_is_reminded_once_while_the_period_still_runs(story):
    reminded = ServicePeriodEnding(employee="E1", last_day=date(2026, 1, 10), on=ending)
    given(agreement, *story.binding, story.started).when(RemindOfEnd(ending)).then(reminded)
    given(agreement, *story.binding, story.started, reminded).when(RemindOfEnd(ending)).then_nothing()
    given(agreement, *story.binding, story.started).when(RemindOfEnd(over)).then_nothing()
    given(agreement, *story.binding, story.started).when(RemindOfEnd(ending, left_on=ending)).then_nothing()


def test_the_period_is_fulfilled_once_its_last_day_has_passed(story):
    fulfilled = ServicePeriodFulfilled(employee="E1", last_day=date(2026, 1, 10))
    given(agreement, *story.binding, story.started).when(FulfilServicePeriod(over)).then(fulfilled)
    given(agreement, *story.binding, story.started).when(FulfilServicePeriod(date(2026, 1, 10))).then_nothing()
    given(agreement, *story.binding, story.started, fulfilled).when(FulfilServicePeriod(over)).then_nothing()


def test_who_left_before_its_end_has_not_fulfilled_it(story):
    for left_on, facts in ((date(2026, 1, 9), 0), (date(2026, 1, 10), 1)):
        state = agreement.initial
        for event in (*story.binding, story.started):
            state = agreement.evolve(state, event)
        assert len(agreement.decide(FulfilServicePeriod(over, left_on), state)) == facts


def test_every_state_survives_its_snapshot(story):
    adapter, state = TypeAdapter(Agreement), agreement.initial
    ended = AgreementWithdrawn(employee="E1", reason="course cancelled")
    states = [agreement.evolve(agreement.evolve(None, story.drafted), ended)]
    for event in (*story.binding, story.started, ServicePeriodFulfilled(employee="E1", last_day=over)):
        state = agreement.evolve(state, event)
        states.append(state)
    assert [adapter.validate_json(adapter.dump_json(one)) for one in states] == states
    assert len({type(one) for one in states}) == 7

"""What an employee gives to the learning of others, told as given, when, then."""

from datetime import date

from chassis.testing.spec import given
from contracts.learning import ContributionMade
from learning.domain import contribution
from learning.domain.contribution import MakeContribution

monday, tuesday = date(2024, 1, 1), date(2024, 1, 2)
shared = ContributionMade(employee="E1", kind="SHARING", title="焊接经验", on=monday)


def test_a_contribution_is_recorded():
    given(contribution).when(MakeContribution("E1", "SHARING", "焊接经验", monday)).then(shared)


def test_told_twice_it_was_still_made_once():
    given(contribution, shared).when(MakeContribution("E1", "SHARING", "焊接经验", monday)).then_nothing()


def test_the_same_on_another_day_is_another_contribution():
    given(contribution, shared).when(MakeContribution("E1", "SHARING", "焊接经验", tuesday)).then(
        shared.model_copy(update={"on": tuesday})
    )

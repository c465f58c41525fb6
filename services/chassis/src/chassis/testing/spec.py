"""A rule told in one line: given what happened, when something is asked, then this happens, or nothing, or a refusal."""

from collections.abc import Sequence
from dataclasses import dataclass

from chassis.keeping.work import Decider
from contracts import Refusal
from contracts.envelope import Fact


@dataclass(frozen=True)
class Told:
    """What a decider answered: facts, or why not."""

    facts: tuple[Fact, ...]
    refused: Refusal | None = None

    def then(self, *facts: Fact) -> None:
        """Exactly these happened, in this order."""
        assert self.refused is None, f"refused: {_said(self.refused)}"
        assert self.facts == facts

    def then_nothing(self) -> None:
        """It was allowed, and changed nothing."""
        self.then()

    def then_refused(self, refusal: Refusal) -> None:
        """Refused, by this name and with these facts."""
        assert self.refused is not None, f"not refused: {self.facts}"
        assert _said(self.refused) == _said(refusal)


@dataclass(frozen=True)
class Given:
    """A decider with a past."""

    decider: Decider
    past: Sequence[Fact]

    def when(self, command: object) -> Told:
        """Asks for one more thing. What is decided must be something that the decider can live on with."""
        state = self.decider.initial
        for fact in self.past:
            state = self.decider.evolve(state, fact)
        try:
            facts = tuple(self.decider.decide(command, state))
        except Refusal as no:
            return Told((), no)
        for fact in facts:
            state = self.decider.evolve(state, fact)
        return Told(facts)


def given(decider: Decider, *facts: Fact) -> Given:
    """A decider (a module of the domain is one) to which this has happened."""
    return Given(decider, facts)


def _said(no: Refusal | None) -> tuple[object, ...]:
    # A refusal is an exception, which is equal only to itself: its name and its facts are what it says.
    return type(no), vars(no) if no else {}, no.args if no else ()

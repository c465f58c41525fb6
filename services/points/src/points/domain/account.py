"""An account of points 积分账: what each fact earned and what was taken back.

Both entries stay, and the points are their sum, in whatever order the facts came.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from contracts import Refusal
from points.domain.rules import PRO_RATA, Kind, RuleBook, plain, rate_on

# What is told


@dataclass(frozen=True)
class Fact:
    """Something learned or given. `quantity` is hours for online hours, otherwise how many."""

    id: str
    kind: Kind
    on: date
    role: str
    """What the person was on that day, such as `RD_MIDDLE`."""
    quantity: Decimal = Decimal(1)
    exam: str | None = None


@dataclass(frozen=True)
class Voiding:
    """News that a fact, or an earlier voiding, did not hold."""

    id: str
    of: str
    on: date


News = Fact | Voiding

# Why the answer may be no


@dataclass(eq=False)
class ToldInTwoWays(Refusal):
    id: str

    def __str__(self) -> str:
        return f"{self.id} is told in two different ways"


@dataclass(eq=False)
class VoidingsInACircle(Refusal):
    id: str

    def __str__(self) -> str:
        return f"{self.id} takes back itself"


@dataclass(eq=False)
class CountsWhole(Refusal):
    kind: Kind
    quantity: Decimal

    def __str__(self) -> str:
        return f"{self.kind} counts whole, not {self.quantity}"


# What it comes to


@dataclass(frozen=True)
class Entry:
    news: str
    kind: Kind | None
    """None for a voiding."""
    points: Decimal
    why: str
    quantity: Decimal = Decimal(0)
    """How much of the fact counted."""
    rate: Decimal = Decimal(0)
    rules: int | None = None
    """The number of the rule version that set the rate; None where none was asked."""


@dataclass(frozen=True)
class Account:
    entries: tuple[Entry, ...]

    @property
    def points(self) -> Decimal:
        return sum((entry.points for entry in self.entries), Decimal(0))


def account_of(told: Iterable[News], book: RuleBook) -> Account:
    """Refuses news of one id told in two ways, voidings that take back each other in a circle, and parts of a fact
    that counts whole."""
    known = once_each(told)
    standing = those_standing(known)
    in_order = sorted(known.values(), key=moment)
    earned = {news.id: award(news, in_order, standing, book) for news in in_order if isinstance(news, Fact)}
    compensated = dict(earned)
    for voiding in target_first(known):
        compensated[voiding.id] = compensation(voiding, compensated, in_order, standing)
    return Account(tuple(compensated[news.id] for news in in_order))


def once_each(told: Iterable[News]) -> dict[str, News]:
    known: dict[str, News] = {}
    for news in told:
        if known.setdefault(news.id, news) != news:
            raise ToldInTwoWays(news.id)
    return known


def moment(news: News) -> tuple[date, str]:
    return news.on, news.id


def target_first(known: dict[str, News]) -> tuple[Voiding, ...]:
    """Voidings, each after the one it takes back. Refuses a circle, which no order in time could have made."""
    depths: dict[str, int] = {}
    for news in known.values():
        depth, at = 0, news
        while isinstance(at, Voiding) and at.of in known:
            depth, at = depth + 1, known[at.of]
            if depth > len(known):
                raise VoidingsInACircle(news.id)
        depths[news.id] = depth
    voidings = (news for news in known.values() if isinstance(news, Voiding))
    return tuple(sorted(voidings, key=lambda voiding: depths[voiding.id]))


def those_standing(known: dict[str, News]) -> frozenset[str]:
    """A fact stands unless a voiding that itself stands takes it back."""
    fallen: set[str] = set()
    for voiding in reversed(target_first(known)):
        if voiding.id not in fallen:
            fallen.add(voiding.of)
    return frozenset(known) - fallen


def award(fact: Fact, in_order: list[News], standing: frozenset[str], book: RuleBook) -> Entry:
    if fact.kind is Kind.EXAM_FAILED:
        return Entry(fact.id, fact.kind, Decimal(0), f"{fact.kind}: a failed exam earns nothing")
    if fact.kind not in PRO_RATA and fact.quantity != fact.quantity.to_integral_value():
        raise CountsWhole(fact.kind, fact.quantity)
    found = rate_on(book, fact.kind, fact.role, fact.on)
    if found is None:
        return Entry(fact.id, fact.kind, Decimal(0), f"{fact.kind}: no rule covers {fact.role}")
    if earlier := passed_earlier(fact, in_order, standing):
        why = f"{fact.kind} {fact.exam}: counts once a year, and was counted by {earlier.id}"
        return Entry(fact.id, fact.kind, Decimal(0), why)
    counted = min(fact.quantity, Decimal(1)) if fact.exam is not None else fact.quantity
    points = counted * found.points
    why = f"{fact.kind}: {plain(counted)} × {plain(found.points)} = {plain(points)} (rule version {found.rules})"
    return Entry(fact.id, fact.kind, points, why, counted, found.points, found.rules)


def passed_earlier(fact: Fact, in_order: list[News], standing: frozenset[str]) -> Fact | None:
    """The standing pass of the same exam in the same calendar year that came before. Exams without a name are each
    their own."""
    if fact.kind is not Kind.EXAM_PASSED or fact.exam is None:
        return None
    for other in in_order:
        if (
            isinstance(other, Fact)
            and other.id in standing
            and (other.kind, other.exam, other.on.year) == (fact.kind, fact.exam, fact.on.year)
            and other.quantity > 0
            and moment(other) < moment(fact)
        ):
            return other
    return None


def compensation(voiding: Voiding, entries: dict[str, Entry], in_order: list[News], standing: frozenset[str]) -> Entry:
    """Takes the whole entry back, once, however many voidings aim at it."""
    if voiding.of not in entries:
        return Entry(voiding.id, None, Decimal(0), f"VOID of {voiding.of}, of which nothing is known")
    rivals = [news.id for news in in_order if isinstance(news, Voiding) and news.of == voiding.of]
    acting = next((rival for rival in rivals if rival in standing), rivals[0])
    if voiding.id != acting:
        return Entry(voiding.id, None, Decimal(0), f"VOID of {voiding.of}, which {acting} takes back")
    points = -entries[voiding.of].points
    return Entry(voiding.id, None, points, f"VOID of {voiding.of}: {plain(points)}")

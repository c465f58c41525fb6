"""A template of agreements, in versions: clauses without which an agreement would not hold."""

from dataclasses import dataclass

from agreements.domain.grounds import barred_by_class
from contracts import Refusal
from contracts.agreements import Event, TemplatePublished, TrainingClass

CLAUSES = {
    "cost": "劳动合同法22; 实施条例16",
    "service_period": "劳动合同法22; 实施条例17",
    "liability": "劳动合同法22",
    "records": "证据规定94 I(5)",
    "address": "法发[2016]21号3 (送达地址确认)",
}
"""What each template must say, and the article that asks for it."""

# What can be asked


@dataclass(frozen=True)
class PublishTemplate:
    template: str
    training_class: TrainingClass
    clauses: dict[str, str]


Command = PublishTemplate

# Why the answer may be no


@dataclass(eq=False)
class ClauseMissing(Refusal):
    """The template lacks a clause that the law asks for."""

    clause: str
    article: str


@dataclass(eq=False)
class NotSpecialTraining(Refusal):
    """Only special training 专项培训 may bind to a service period."""

    training_class: TrainingClass
    article: str


@dataclass(eq=False)
class NoSuchTemplate(Refusal):
    """No template was published under this name, or none for this class of training."""

    template: str


# What it can be


@dataclass(frozen=True)
class Published:
    template: str
    version: int
    training_class: TrainingClass
    clauses: dict[str, str]


Template = Published | None
initial: Template = None


def must_be_special(training_class: TrainingClass) -> None:
    """Refuses with NotSpecialTraining, which names the article."""
    if barred := barred_by_class(training_class):
        raise NotSpecialTraining(training_class, barred.article)


def decide(command: Command, template: Template) -> tuple[Event, ...]:
    must_be_special(command.training_class)
    for clause, article in CLAUSES.items():
        if not command.clauses.get(clause, "").strip():
            raise ClauseMissing(clause, article)
    if template and (template.training_class, template.clauses) == (command.training_class, command.clauses):
        return ()  # The same text again is no new version.
    return (
        TemplatePublished(
            template=command.template,
            template_version=template.version + 1 if template else 1,
            training_class=command.training_class,
            clauses=command.clauses,
        ),
    )


def evolve(template: Template, event: Event) -> Template:
    match event:
        case TemplatePublished():
            return Published(event.template, event.template_version, event.training_class, event.clauses)
        case _:
            return template

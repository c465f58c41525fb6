"""Worked cases, read from a file and answered one by one with a service's own rules: the command `assess`."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, NoReturn, cast

import typer
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from rich.console import Console

Figure = str | int | bool | None | list[Any] | dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """What a case comes to: figures under the names of the vocabulary, and the steps a person reads."""

    figures: dict[str, Figure]
    steps: tuple[str, ...]


class CaseRefused(Exception):
    """A case that cannot be answered; its text is one sentence that names the field or value at fault."""


Category = Callable[[Mapping[str, object]], Answer]

# What a case may hold


class CaseInputs(BaseModel):
    """Inputs of a case: an unknown field is refused, an absent one has its default."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def read_number(value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise ValueError(f"{value!r} is not a number")
    if not re.fullmatch(r"-?[0-9]{1,12}(\.[0-9]{1,9})?", str(value)):
        raise ValueError(f"{str(value)!r} is not a plain decimal number")
    return Decimal(value)


def read_day(value: object) -> date:
    if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        return date.fromisoformat(value)
    raise ValueError(f"{value!r} is not a day of the form YYYY-MM-DD")


Number = Annotated[Decimal, BeforeValidator(read_number)]
"""Exactly what was written: text, a whole number, or a number with a point that JSON gave as Decimal."""
Amount = Annotated[Decimal, BeforeValidator(read_number), Field(ge=0)]
Day = Annotated[date, BeforeValidator(read_day)]
Count = Annotated[int, Field(strict=True, ge=0)]
Flag = Annotated[bool, Field(strict=True)]

# Answering


class Case(BaseModel):
    id: Annotated[str, Field(strict=True)]
    category: object = None
    inputs: object = None


class CaseFile(BaseModel):
    cases: tuple[Case, ...]


def add_assess(app: typer.Typer, categories: Mapping[str, Category]) -> None:
    """Registers `assess CASES.json [--json]`. A file that cannot be read is one sentence on stderr and exit code 2."""
    app.callback()(lambda: None)  # Without one, a command that stands alone would lose its name.

    @app.command()
    def assess(  # pyright: ignore[reportUnusedFunction]  # typer keeps it
        cases: Annotated[Path, typer.Argument(help='A file {"cases": [{"id", "category", "inputs"}, …]}.')],
        as_json: Annotated[bool, typer.Option("--json", help="Figures only, for a machine.")] = False,
    ) -> None:
        """Decide worked cases with the rules that the running service uses."""
        try:
            asked = read_cases(cases)
        except CaseRefused as refused:
            typer.echo(str(refused), err=True)
            raise typer.Exit(2) from refused
        if as_json:
            print_for_machines(asked, categories)
        else:
            print_for_people(asked, categories)


def answer(case: Case, categories: Mapping[str, Category]) -> Answer:
    """The category's answer. Raises CaseRefused, with one sentence, for anything the category does not understand."""
    if not isinstance(case.category, str) or case.category not in categories:
        raise CaseRefused(f"category {case.category!r} is not one of {', '.join(sorted(categories))}.")
    inputs = case.inputs
    if not isinstance(inputs, dict):
        raise CaseRefused("inputs is not an object.")
    try:
        return categories[case.category](cast(dict[str, object], inputs))
    except ValidationError as error:
        raise CaseRefused(sentence(error)) from error
    except (ValueError, ArithmeticError) as error:  # such as a day beyond the calendar
        raise CaseRefused(f"The case cannot be reckoned: {error}.") from error


def sentence(error: ValidationError) -> str:
    return "; ".join(fault(e["type"], e["loc"], e["msg"], e["input"]) for e in error.errors()) + "."


def fault(kind: str, location: Iterable[int | str], message: str, given: object) -> str:
    name = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location).removeprefix(".")
    said = message.removeprefix("Value error, ")
    match kind:
        case "extra_forbidden":
            return f"{name} is not a known field"
        case "missing":
            return f"{name} is missing"
        case "value_error":
            return f"{name}: {said}" if name else said
        case _:
            shown = str(given) if isinstance(given, Decimal) else repr(given)
            return f"{name or 'the whole'} is {shown}: {said[:1].lower()}{said[1:]}"


# Reading the file


def read_cases(path: Path) -> tuple[Case, ...]:
    try:
        document: object = json.loads(
            path.read_text(encoding="utf-8-sig"),
            parse_float=Decimal,
            parse_constant=refuse_constant,
            object_pairs_hook=without_doubles,
        )
        cases = CaseFile.model_validate(document).cases
    except OSError as error:
        raise CaseRefused(f"{path} cannot be read: {error.strerror}.") from error
    except ValidationError as error:
        raise CaseRefused(f"{path} holds no cases: {sentence(error)}") from error
    except ValueError as error:
        raise CaseRefused(f"{path} is not JSON: {error}.") from error
    doubled = sorted(name for name, times in Counter(case.id for case in cases).items() if times > 1)
    if doubled:
        raise CaseRefused(f"{path} holds more than one case {', '.join(doubled)}.")
    return cases


def refuse_constant(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number")


def without_doubles(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"the field {next(n for n in names if names.count(n) > 1)} is written twice")
    return found


# Telling


def print_for_machines(asked: tuple[Case, ...], categories: Mapping[str, Category]) -> None:
    told: dict[str, dict[str, Figure]] = {}
    for case in asked:
        try:
            told[case.id] = answer(case, categories).figures
        except CaseRefused as refused:
            told[case.id] = {"refused": str(refused)}
    typer.echo(json.dumps(told, ensure_ascii=False, indent=1).encode())  # bytes: UTF-8 whatever the terminal says


def print_for_people(asked: tuple[Case, ...], categories: Mapping[str, Category]) -> None:
    console = Console(markup=False, highlight=False, soft_wrap=True)
    for case in asked:
        console.rule(case.id)
        try:
            given = answer(case, categories)
        except CaseRefused as refused:
            console.print(f"refused: {refused}")
            continue
        for name, figure in given.figures.items():
            console.print(f"{name}: {figure if isinstance(figure, str) else json.dumps(figure, ensure_ascii=False)}")
        for number, step in enumerate(given.steps, start=1):
            console.print(f"  {number}. {step}")

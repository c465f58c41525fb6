"""`evidence replay --as-of DAY`: what each service knew on a day, and its figures recomputed by its own rules."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

import typer

from evidence.cli.instruments import Recomputers, fail
from evidence.cli.reading import Copy
from evidence.domain.as_of import RECOMPUTING, AsOf, DayNeverOpened

Figure = Mapping[str, Any]


def recompute_as_of(
    copy: Copy, day: date, subject: str | None, services: Recomputers, *, opens: bool, as_json: bool
) -> None:
    """Prints each figure: recorded, recomputed, and where they differ. Exits with 1 if one does."""
    as_of = AsOf(day)
    opening = ("--open-wages",) if opens else ()
    try:
        known = as_of.known(copy.leaves(None if as_json else "reading"))
        answered = services.figures(RECOMPUTING, known, *opening)
    except DayNeverOpened as fault:
        raise fail(str(fault)) from fault
    except OSError as fault:
        raise fail(f"the figures cannot be recomputed: {fault}", 2) from fault
    figures = [
        {"service": service, **it}
        for service, found in answered.items()
        for it in found
        if subject in (None, it["subject"])
    ]
    counts = {name: sum(verdict(it) == name for it in figures) for name in ("equal", "different", "not recomputable")}
    if as_json:
        left_out = dict(as_of.left_out.flags)
        head = {"ledger": copy.where, "day": str(day), "position": as_of.position, "left_out": left_out}
        typer.echo(json.dumps({**head, **counts, "figures": figures}, ensure_ascii=False))
    else:
        for it in figures:
            _print(it)
        said = ", ".join(f"{count} {name}" for name, count in counts.items())
        typer.echo(f"as known on {day}, up to record {as_of.position}: {said}")
    if counts["different"]:
        raise typer.Exit(1)


def verdict(it: Figure) -> str:
    return "not recomputable" if it["why"] else "equal" if it["equal"] else "different"


def _print(it: Figure) -> None:
    recorded, made = (it[name] if it[name] is not None else "nothing" for name in ("recorded", "recomputed"))
    line = f"{it['subject']:12}  {it['service']:14}  {it['what']:20}  {recorded:>12}"
    match verdict(it):
        case "equal":
            typer.echo(f"{line}  equal")
        case "different":
            typer.echo(f"{line}  recomputed {made}: {'; '.join(it['where'])} (event {it['event']})")
        case _:
            typer.echo(f"{line}  not recomputable: {it['why']}")

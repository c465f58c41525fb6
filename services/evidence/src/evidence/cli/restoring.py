"""`evidence restore`: cold segments back into a folder of published files, verified on the way. It needs no database."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from chassis.facing.commands import Json
from chassis.facing.service import Service
from evidence.cli.instruments import Instruments, fail, progress
from evidence.domain.cold import bring_back
from evidence.domain.packing import Opened
from evidence.domain.segments import NotASegment, Segment


def add_restore(app: typer.Typer, service: Callable[[], Service[Any]], instruments: Instruments) -> None:
    @app.command()
    def restore(
        where: Annotated[str, typer.Option("--from", help="A folder, or s3://bucket/prefix.")],
        into: Annotated[Path, typer.Option(help="The folder of the published files.")],
        segment: Annotated[list[int] | None, typer.Option(help="A segment's number; all if not given.", min=0)] = None,
        vkey: Annotated[str | None, typer.Option(help="The key that must have signed; else the folder's own.")] = None,
        as_json: Json = False,
    ) -> None:
        """Write archived segments back as published files. What stands there is never overwritten."""
        settings = service().settings
        folder = instruments.ledger_in(into)
        back: list[Opened] = []
        try:
            store = instruments.cold_store(where, settings.archive_endpoint, None, settings.time_zone)
            wanted = [Segment(number) for number in segment or _all(store.segments(), where)]
            with progress(hidden=as_json) as bars:
                bar = bars.add_task("restoring", total=len(wanted))
                for opened in bring_back(store, wanted, folder, instruments.craft(), vkey or folder.vkey()):
                    back.append(opened)
                    bars.update(bar, advance=1)
        except (OSError, NotASegment) as fault:
            raise fail(f"broken off after {len(back)} segments: {fault}") from fault
        _print(back, into, as_json=as_json)


def _all(numbers: Sequence[int], where: str) -> Sequence[int]:
    """The numbers of all segments; one that is missing before the last is missed."""
    if not numbers:
        raise NotASegment(f"there is no segment in {where}")
    if missing := sorted(set(range(numbers[-1])) - set(numbers)):
        raise NotASegment(f"segment {missing[0]} is not in {where}, which has segment {numbers[-1]}")
    return numbers


def _print(back: list[Opened], into: Path, *, as_json: bool) -> None:
    last = back[-1]
    numbers = [each.manifest.segment.number for each in back]
    covered = max(each.covering.size for each in back)
    if as_json:
        said = {"segments": numbers, "vkey": last.manifest.vkey, "checkpoint": covered, "into": str(into)}
        typer.echo(json.dumps(said))
        return
    for each in back:
        segment = each.manifest.segment
        typer.echo(
            f"records {segment.first:,} to {segment.end - 1:,} hold, under a checkpoint of {each.covering.size:,}"
        )
    typer.echo(f"{into}: {len(back)} segments, signed by {last.manifest.vkey}")

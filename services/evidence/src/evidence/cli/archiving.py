"""`evidence archive`: every complete segment into a cold store, read back and verified before the ledger says so."""

import json
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from typing import Annotated, Any

import typer

from chassis.facing.commands import Json, at_work
from chassis.facing.service import Service
from chassis.keeping.running import Running
from chassis.keeping.work import begun_by, clock
from evidence.cli.instruments import Instruments, fail, progress
from evidence.domain.archiving import RecordSegment, retained_until
from evidence.domain.cold import ColdStore, keep
from evidence.domain.notes import NotANote
from evidence.domain.packing import Opened
from evidence.domain.proofs import stated_by
from evidence.domain.segments import ENTRIES, NotASegment, complete
from evidence.domain.tiles import NotATile
from evidence.handlers.archiving import record_segment
from evidence.views import archived_segments

OPERATOR = "user:operator"


def add_archive(app: typer.Typer, service: Callable[[], Service[Any]], instruments: Instruments) -> None:
    @app.command()
    def archive(
        to: Annotated[str | None, typer.Option(help="A folder, or s3://bucket/prefix.")] = None,
        as_json: Json = False,
    ) -> None:
        """Archive every complete segment that is not archived there yet: 65,536 records each. Again is harmless."""
        made = service()
        published = instruments.published_at(str(made.settings.ledger))

        def act(running: Running) -> list[RecordSegment]:
            segments = complete(stated_by(published).size)
            before = archived_segments.locations(running.store)
            waiting = [each for each in segments if f"{store.location}/{each.folder}" not in before]
            done: list[RecordSegment] = []
            with progress(hidden=as_json) as bars:
                bar = bars.add_task("archiving", total=len(waiting))
                for segment in waiting:
                    said = _said(keep(published, store, segment, craft), store)
                    # If we stop here, the next run finds it there, verifies it again, and says so.
                    running.committer.commit(begun_by(OPERATOR), partial(record_segment, command=said))
                    done.append(said)
                    bars.update(bar, advance=1)
            return done

        try:
            craft, store = instruments.craft(), _store(made.settings, to, instruments)
            done = at_work(made, act)
        except (OSError, NotANote, NotATile, NotASegment) as fault:
            raise fail(f"not archived: {fault}") from fault
        _print(done, store, as_json=as_json)


def _store(settings: Any, to: str | None, instruments: Instruments) -> ColdStore:
    zone = settings.time_zone
    until = retained_until(clock().astimezone(zone).date(), settings.archive_retention)
    return instruments.cold_store(to or settings.archive, settings.archive_endpoint, until, zone, make=True)


def _said(back: Opened, store: ColdStore) -> RecordSegment:
    segment, packed = back.manifest.segment, back.manifest.objects[ENTRIES]
    return RecordSegment(
        segment=segment.number,
        first=segment.first,
        length=segment.length,
        sha256=packed.sha256,
        sm3=packed.sm3,
        checkpoint=back.covering.size,
        location=f"{store.location}/{segment.folder}",
        retained_until=back.manifest.retained_until,
    )


def _print(done: list[RecordSegment], store: ColdStore, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps([asdict(each) for each in done], default=str))
        return
    for each in done:
        kept = f", which keeps it until {each.retained_until}" if each.retained_until else ""
        typer.echo(f"records {each.first:,} to {each.first + each.length - 1:,}: {each.location}{kept}")
    if not done:
        typer.echo(f"every complete segment lies in {store.location} already")

"""`evidence verify`: the published ledger, looked at from its files alone, on all cores, with progress."""

import gc
import json
import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer

from chassis.facing.commands import Json
from chassis.facing.service import Service
from evidence.cli.instruments import Instruments, Verifications, fail, ledger_at, progress
from evidence.cli.stamping import Roots, judge_for, look_at_stamps
from evidence.cli.witnessing import Keys, look_at_witnesses, witnesses_named
from evidence.domain.bundles import Look, Looked, Part, look_at
from evidence.domain.inspecting import Means, inspect, inspect_part
from evidence.domain.kept import Kept, NotKept, decode, encode
from evidence.domain.notes import Verify
from evidence.domain.published import Published
from evidence.domain.verdicts import LAYERS, Verdict
from evidence.domain.verifying import Standing

AT_ONCE = 8  # bundles that a process is handed together
AHEAD = 3  # handfuls for each core that are looked at ahead
SHOWN = 20  # findings of a layer that are printed

From = Annotated[int | None, typer.Option("--from", help="The first record of a part.", min=0)]
To = Annotated[int | None, typer.Option("--to", help="The last record of a part.", min=0)]
SinceLast = Annotated[bool, typer.Option("--since-last", help="Go on from the last such verification that held.")]
Skip = Annotated[bool, typer.Option("--skip-signatures", help="Leave out the services' signatures.")]


def add_verify(app: typer.Typer, service: Callable[[], Service[Any]], instruments: Instruments) -> None:
    @app.command()
    def verify(
        ledger: Annotated[str | None, typer.Option(help="Folder or http address of the published ledger.")] = None,
        first: From = None,
        last: To = None,
        since_last: SinceLast = False,
        jobs: Annotated[int, typer.Option(help="Processes that look; all cores if 0.", min=0)] = 0,
        skip_signatures: Skip = False,
        documents: Annotated[Path | None, typer.Option(help="Folder of the documents too large for a record.")] = None,
        roots: Roots = None,
        witness: Keys = None,
        as_json: Json = False,
    ) -> None:
        """Check a published ledger, layer by layer, from its files alone: all of it, a part, or what is new."""
        where, part = ledger_at(ledger, service), first is not None or last is not None
        if part and since_last:
            raise fail("either a part of the ledger or what has come since the last verification, not both", 2)
        if last is not None and last < (first or 0):
            raise fail(f"no records are from {first or 0} to {last}", 2)
        judge, witnesses = judge_for(instruments, roots), witnesses_named(witness)
        kept = instruments.verifications(service().settings.folder / "verified") if since_last else None
        cores, verdict, published = jobs or os.cpu_count() or 1, Verdict(), instruments.published_at(where)
        try:
            with (
                _lookers(published, instruments.holds, cores, skip_signatures) as look,
                progress(hidden=as_json) as bars,
            ):
                bar = bars.add_task("verifying", total=None)
                answer = None if skip_signatures else instruments.checkers(cores).answer
                read = instruments.documents_in(documents).read if documents else None
                means = Means(look, instruments.holds, answer, read)
                standing = _begun(kept, where, published, verdict) if kept else Standing()
                if part:
                    end = last + 1 if last is not None else None
                    steps = inspect_part(published, verdict, first or 0, end, means)
                else:
                    steps = inspect(published, verdict, standing, means)
                for checked in steps:
                    bars.update(bar, completed=checked, total=verdict.end - verdict.begin)
                said = {
                    "stamps": look_at_stamps(published, verdict, instruments, judge),
                    "witnesses": look_at_witnesses(verdict, instruments.holds, witnesses),
                }
            if kept and verdict.holds and not skip_signatures:
                kept.keep(where, encode(Kept(published.vkey() or "", standing)))
        except OSError as fault:
            raise fail(f"the ledger at {where} cannot be read: {fault}", 2) from fault
        if part and not verdict.findings and verdict.end <= verdict.begin:
            raise fail(f"the ledger has {verdict.size} records, so none from {verdict.begin} on", 2)
        _print(verdict, where, said, as_json=as_json)
        if not verdict.holds:
            raise typer.Exit(1)


def _begun(kept: Verifications, where: str, published: Published, verdict: Verdict) -> Standing:
    """Where the last verification of this place stood. One that is damaged is none: then all is verified anew.

    One of another ledger is left for a person to look at: the verdict will say so.
    """
    found = kept.read(where)
    if found is None:
        return Standing()
    try:
        last = decode(found)
    except NotKept as fault:
        typer.echo(
            f"evidence: what was kept of the last verification cannot be used ({fault}); all is verified", err=True
        )
        return Standing()
    verdict.expect(last.vkey, published.vkey())
    return last.standing


# Whoever looks: this process, or several, each given a handful of bundles at a time


@contextmanager
def _lookers(published: Published, holds: Verify, cores: int, skip_signatures: bool) -> Generator[Look]:
    looks = partial(_look_all, published, None if skip_signatures else holds)
    if cores == 1:
        yield lambda parts, keys: (looked for part in parts for looked in looks((part,), keys))
        return
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(cores, mp_context=context, initializer=gc.disable) as pool:
        for started in [pool.submit(_look_all, published, None, (), {}) for _ in range(cores)]:
            started.result()  # They are forked before any thread is begun.
        yield lambda parts, keys: _shared_out(pool, looks, parts, keys, cores * AHEAD)


def _shared_out(
    pool: ProcessPoolExecutor,
    looks: Callable[[Sequence[Part], Mapping[str, bytes]], list[Looked]],
    parts: Iterable[Part],
    keys: Mapping[str, bytes],
    ahead: int,
) -> Iterator[Looked]:
    """The first bundle is looked at here: the keys that most others need are registered in it."""
    waiting, remaining = deque[Future[list[Looked]]](), iter(parts)
    yield from looks(tuple(islice(remaining, 1)), keys)
    while handful := tuple(islice(remaining, AT_ONCE)):
        waiting.append(pool.submit(looks, handful, dict(keys)))
        if len(waiting) > ahead:
            yield from waiting.popleft().result()
    while waiting:
        yield from waiting.popleft().result()


def _look_all(
    published: Published, verify: Verify | None, parts: Sequence[Part], keys: Mapping[str, bytes]
) -> list[Looked]:
    return [look_at(published, part, keys, verify) for part in parts]


# What is said


def _print(verdict: Verdict, where: str, unbroken: Mapping[str, str], *, as_json: bool) -> None:
    """`unbroken` has what a layer says of itself where nothing breaks it."""
    layers = {layer: verdict.says(layer) for layer in LAYERS}
    layers |= {layer: sentence for layer, sentence in unbroken.items() if not verdict.of_layer(layer)}
    if as_json:
        findings = [{"seq": each.seq, "what": each.what, "detail": each.detail} for each in verdict.findings]
        whole = {
            "ledger": where,
            "holds": verdict.holds,
            "since": verdict.begin,
            "size": verdict.size,
            "root": verdict.root.hex(),
            "checked": verdict.checked,
            "layers": layers,
            "flags": dict(verdict.flags),
            "findings": findings,
        }
        typer.echo(json.dumps(whole, ensure_ascii=False))
        return
    since = f", from record {verdict.begin} on" if verdict.begin else ""
    typer.echo(f"{where}: {verdict.checked:,} of {verdict.size:,} records checked{since}, root {verdict.root.hex()}")
    for layer, said in layers.items():
        typer.echo(f"  {layer:11} {said}")
        for finding in verdict.of_layer(layer)[1:SHOWN]:
            typer.echo(f"  {'':11}   {finding}")
    if verdict.flags:
        flags = ", ".join(f"{count} {flag}" for flag, count in sorted(verdict.flags.items()))
        typer.echo(f"  flagged when they were sealed: {flags}")

"""`evidence verify`: the published ledger, looked at from its files alone, on all cores, with progress."""

import json
import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from chassis.facing.commands import Json
from chassis.facing.service import Service
from evidence.cli.instruments import Instruments, fail, ledger_at, progress
from evidence.cli.stamping import Roots, judge_for, look_at_stamps
from evidence.cli.witnessing import Keys, look_at_witnesses, witnesses_named
from evidence.domain.examining import Examined, examine
from evidence.domain.verdicts import LAYERS, Examine, Verdict, inspect
from evidence.domain.verifying import Finding

AT_ONCE = 4  # bundles for each core that are examined ahead
SHOWN = 20  # findings of a layer that are printed


def add_verify(app: typer.Typer, service: Callable[[], Service[Any]], instruments: Instruments) -> None:
    @app.command()
    def verify(
        ledger: Annotated[str | None, typer.Option(help="Folder or http address of the published ledger.")] = None,
        jobs: Annotated[int, typer.Option(help="Processes that examine; all cores if 0.", min=0)] = 0,
        documents: Annotated[Path | None, typer.Option(help="Folder of the documents too large for a record.")] = None,
        roots: Roots = None,
        witness: Keys = None,
        as_json: Json = False,
    ) -> None:
        """Check a published ledger, layer by layer, from its files alone."""
        where = ledger_at(ledger, service)
        judge, witnesses = judge_for(instruments, roots), witnesses_named(witness)
        cores = jobs or os.cpu_count() or 1
        verdict = Verdict()
        try:
            with _examiners(cores) as examiners, progress(hidden=as_json) as bars:
                bar = bars.add_task("verifying", total=None)
                read = instruments.documents_in(documents).read if documents else None
                answer = instruments.checkers(cores).answer
                published = instruments.published_at(where)
                for checked in inspect(published, verdict, instruments.holds, examiners, answer, read):
                    bars.update(bar, completed=checked, total=verdict.size)
                said = {
                    "stamps": look_at_stamps(published, verdict, instruments, judge),
                    "witnesses": look_at_witnesses(published, verdict, instruments.holds, witnesses),
                }
        except OSError as fault:
            raise fail(f"the ledger at {where} cannot be read: {fault}", 2) from fault
        _print(verdict, where, said, as_json=as_json)
        if not verdict.holds:
            raise typer.Exit(1)


@contextmanager
def _examiners(cores: int) -> Generator[Examine]:
    """Whoever examines leaves: this process, or several, each given a bundle at a time."""
    if cores == 1:
        yield lambda bundles: (examine(leaf) for bundle in bundles for leaf in bundle)
        return
    with ProcessPoolExecutor(cores, mp_context=multiprocessing.get_context("fork")) as pool:
        for started in [pool.submit(_examine_all, ()) for _ in range(cores)]:
            started.result()  # They are forked before any thread is begun.
        yield lambda bundles: _shared_out(pool, bundles, cores * AT_ONCE)


def _shared_out(pool: ProcessPoolExecutor, bundles: Iterable[tuple[bytes, ...]], ahead: int) -> Iterator[Examined]:
    waiting = deque[Future[list[Examined]]]()
    for bundle in bundles:
        waiting.append(pool.submit(_examine_all, bundle))
        if len(waiting) > ahead:
            yield from waiting.popleft().result()
    while waiting:
        yield from waiting.popleft().result()


def _examine_all(leaves: tuple[bytes, ...]) -> list[Examined]:
    return [examine(leaf) for leaf in leaves]


def _print(verdict: Verdict, where: str, unbroken: Mapping[str, str], *, as_json: bool) -> None:
    """`unbroken` has what a layer says of itself where nothing breaks it."""
    layers = {layer: _said(verdict, layer) for layer in LAYERS}
    layers |= {layer: sentence for layer, sentence in unbroken.items() if not verdict.of_layer(layer)}
    if as_json:
        findings = [{"seq": each.seq, "what": each.what, "detail": each.detail} for each in verdict.findings]
        whole = {
            "ledger": where,
            "holds": verdict.holds,
            "size": verdict.size,
            "root": verdict.root.hex(),
            "checked": verdict.checked,
            "layers": layers,
            "flags": dict(verdict.flags),
            "findings": findings,
        }
        typer.echo(json.dumps(whole, ensure_ascii=False))
        return
    typer.echo(f"{where}: {verdict.checked:,} of {verdict.size:,} records checked, root {verdict.root.hex()}")
    for layer, said in layers.items():
        typer.echo(f"  {layer:11} {said}")
        for finding in verdict.of_layer(layer)[1:SHOWN]:
            typer.echo(f"  {'':11}   {_place(finding)}")
    if verdict.flags:
        flags = ", ".join(f"{count} {flag}" for flag, count in sorted(verdict.flags.items()))
        typer.echo(f"  flagged when they were sealed: {flags}")


def _said(verdict: Verdict, layer: str) -> str:
    found = verdict.of_layer(layer)
    if found:
        return f"broken: {_place(found[0])}" + (f", and {len(found) - 1} more" if len(found) > 1 else "")
    if verdict.checked < verdict.size or (not verdict.size and verdict.findings):
        return f"holds as far as it could be checked: {verdict.checked} records"
    return "holds"


def _place(finding: Finding) -> str:
    return f"{f'record {finding.seq}: ' if finding.seq is not None else ''}{finding.what}: {finding.detail}"

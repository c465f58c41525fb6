"""`evidence stamps`: the time stamps in a published ledger, shown and handed out; and what `evidence verify` says of them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from chassis.facing.commands import Json
from chassis.facing.service import Service
from contracts.envelope import NotAnEvent
from evidence.cli.instruments import Instruments, fail, ledger_at
from evidence.domain.notes import NotANote
from evidence.domain.proofs import stated_by
from evidence.domain.published import Published
from evidence.domain.tiles import NotATile
from evidence.domain.timestamps import Judge, NotAToken, StampRecord, Tally, look_at, stamps_in
from evidence.domain.verdicts import Verdict

Roots = Annotated[Path | None, typer.Option(help="PEM file of the root certificates that you trust for time stamps.")]
WARNING = "NOT EVIDENTIAL / 无证据效力"


def judge_for(instruments: Instruments, roots: Path | None) -> Judge:
    """Who judges the tokens; a file of roots that cannot be read ends the command."""
    try:
        return instruments.judge_under(roots)
    except (OSError, ValueError) as fault:
        raise fail(f"the roots in {roots} cannot be read: {fault}", 2) from fault


def look_at_stamps(published: Published, verdict: Verdict, instruments: Instruments, judge: Judge) -> str:
    """Puts what is wrong with the time stamps among the findings. What the layer says where nothing is."""
    tally = Tally()
    verdict.findings.extend(look_at(published, verdict.size, verdict.stamps, instruments.holds, judge, tally))
    partly = f"; looked at {verdict.checked} of {verdict.size} records" if verdict.checked < verdict.size else ""
    return f"{tally.says}{partly}"


def add_stamps(app: typer.Typer, service: Callable[[], Service[Any]], instruments: Instruments) -> None:
    @app.command()
    def stamps(
        export: Annotated[Path | None, typer.Option(help="A folder for notes, tokens and certificates.")] = None,
        ledger: Annotated[str | None, typer.Option(help="Folder or http address of the published ledger.")] = None,
        as_json: Json = False,
    ) -> None:
        """List the time stamps in a published ledger. It believes the files; `verify` checks them."""
        where = ledger_at(ledger, service)
        published = instruments.published_at(where)
        try:
            found = list(stamps_in(published, stated_by(published).size))
            for stamp in found if export else ():
                _hand_out(stamp, export or Path(), instruments.certificates_in)
        except (OSError, NotANote, NotATile, NotAnEvent, NotAToken) as fault:
            raise fail(f"the time stamps of the ledger at {where} cannot be read: {fault}", 2) from fault
        if as_json:
            typer.echo(json.dumps([_row(stamp) for stamp in found], ensure_ascii=False))
            return
        for stamp in found:
            _print(stamp)
        if not found:
            typer.echo(f"the ledger at {where} holds no time stamps")
        elif export:
            name = export / f"{found[-1].seq:09}"
            typer.echo(f"openssl ts -verify -data {name}.note -in {name}.tsr -untrusted {name}.pem -CAfile ROOTS.pem")


def _hand_out(stamp: StampRecord, folder: Path, certificates_in: Callable[[bytes], str]) -> None:
    """Three files, named by the record: the note that was stamped, the authority's answer, its certificates."""
    folder.mkdir(parents=True, exist_ok=True)
    name = folder / f"{stamp.seq:09}"
    name.with_suffix(".note").write_bytes(stamp.note)
    name.with_suffix(".tsr").write_bytes(stamp.der)
    name.with_suffix(".pem").write_text(certificates_in(stamp.der))


def _row(stamp: StampRecord) -> dict[str, Any]:
    return {"seq": stamp.seq, **stamp.fact.model_dump(mode="json")}


def _print(stamp: StampRecord) -> None:
    fact = stamp.fact
    case = f" of case {fact.case}" if fact.case else ""
    warning = "" if fact.evidential else f"  {WARNING}"
    typer.echo(
        f"{stamp.seq:>9}  {fact.stamped:%Y-%m-%dT%H:%M:%SZ}  {fact.size:>9,} records  {fact.occasion}{case}"
        f"  {fact.authority} ({fact.policy}){warning}"
    )

"""`evidence witness`: a small witness, for whoever does not take the ledger's word; and what `evidence verify` says of them."""

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from chassis.facing.serving import serve_until_told
from evidence.cli.instruments import Instruments, fail
from evidence.domain.notes import WITNESS, NotANote, Verifier, Verify, parse_note, parse_vkey
from evidence.domain.verdicts import Verdict
from evidence.domain.witnessing import seen_by

Keys = Annotated[list[str] | None, typer.Option("--witness", help="The key of a witness who should have cosigned.")]


def witnesses_named(said: list[str] | None) -> list[Verifier]:
    """The keys of witnesses, each as it is written or in a file; one that is none ends the command."""
    try:
        return list(map(partial(parse_vkey, kind=WITNESS), map(_text, said or ())))
    except (NotANote, OSError) as fault:
        raise fail(f"a witness's key cannot be read: {fault}", 2) from fault


def look_at_witnesses(verdict: Verdict, holds: Verify, witnesses: Sequence[Verifier]) -> str:
    """Puts the witnesses who did not cosign among the findings. What the layer says where all of them did."""
    try:
        says, missing = seen_by(parse_note(verdict.note), witnesses, holds)
    except NotANote:
        return "not checked: there is no checkpoint"
    verdict.findings.extend(missing)
    return says


def add_witness(app: typer.Typer, instruments: Instruments) -> None:
    @app.command()
    def witness(
        ledgers: Annotated[
            list[str], typer.Argument(help="Keys of the ledgers to watch: name+hash+key, or files of it.")
        ],
        folder: Annotated[Path, typer.Option(help="Where its key and its book are kept.")],
        name: Annotated[str, typer.Option(help="The name that it signs under, such as union.example/witness.")],
        host: str = "127.0.0.1",
        port: int = 8100,
    ) -> None:
        """Cosign checkpoints of ledgers that only grow. It needs neither Kafka nor a database; run it elsewhere."""
        try:
            vkey, application = instruments.witness_in(folder, name, _keys(ledgers))
        except (NotANote, OSError) as fault:
            raise fail(f"the witness cannot start: {fault}", 2) from fault
        typer.echo(f"{vkey}\nhttp://{host}:{port}/add-checkpoint")
        try:
            asyncio.run(serve_until_told(application, host, port))
        except OSError as fault:
            raise fail(f"the witness cannot listen on port {port}: {fault}") from fault


def _keys(said: list[str]) -> Mapping[str, Verifier]:
    keys = {key.name: key for key in map(parse_vkey, map(_text, said))}
    if len(keys) < len(said):
        raise NotANote("two keys of one ledger")
    return keys


def _text(said: str) -> str:
    return said if "+" in said else Path(said).read_text()

"""`evidence prove` and `evidence consistency`: what somebody takes away who will not have the ledger at hand."""

import json
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer

from chassis.facing.commands import Json
from chassis.facing.service import Service
from evidence.cli.instruments import Instruments, fail, ledger_at
from evidence.domain.notes import Checkpoint, NotANote, parse_checkpoint, parse_note, parse_vkey
from evidence.domain.proofs import grew, prove, prove_growth, root_at, stated_by
from evidence.domain.published import Published
from evidence.domain.tiles import NotATile
from evidence.domain.tree import NotInTree, leaf_hash

Ledger = Annotated[str | None, typer.Option(help="Folder or http address of the published ledger.")]


def add_prove(app: typer.Typer, service: Callable[[], Service[Any]], instruments: Instruments) -> None:
    @app.command("prove")
    def prove_event(
        event: Annotated[UUID, typer.Argument(help="The id of an event.")],
        into: Annotated[Path, typer.Option(help="The folder for the two files.")] = Path(),
        ledger: Ledger = None,
    ) -> None:
        """Write an event's record and the proof that it is in the signed tree: EVENT.leaf and EVENT.tlog-proof (C2SP)."""
        where = ledger_at(ledger, service)
        published = instruments.published_at(where)
        try:
            key = parse_vkey(published.vkey() or "")
            index, leaf = _found(published, event)
            proof = prove(published, index)
        except (OSError, NotANote, NotATile) as fault:
            raise fail(f"the ledger at {where} cannot be read: {fault}", 2) from fault
        except LookupError as fault:
            raise fail(f"the ledger at {where} holds no event {event}") from fault
        if proof is None or not proof.holds(leaf_hash(leaf), key, instruments.holds):
            raise fail(f"the ledger at {where} does not hold together at record {index}; see `evidence verify`")
        (into / f"{event}.leaf").write_bytes(leaf)
        (into / f"{event}.tlog-proof").write_text(str(proof))
        size = proof.checkpoint.size
        typer.echo(f"{into / f'{event}.tlog-proof'}: record {index} of {size:,}, under the key of {key.name}")

    @app.command()
    def consistency(
        old: Annotated[str, typer.Argument(help="A checkpoint's file, or a size.")],
        new: Annotated[str | None, typer.Argument(help="The same; the published checkpoint if not given.")] = None,
        ledger: Ledger = None,
        as_json: Json = False,
    ) -> None:
        """Prove that the ledger of one checkpoint begins with that of another: nothing before was changed or cut off."""
        where = ledger_at(ledger, service)
        published = instruments.published_at(where)
        try:
            before, after = (_stated(published, instruments, said) for said in (old, new))
            proof = prove_growth(published, before.size, after.size)
        except (OSError, NotANote, NotATile) as fault:
            raise fail(f"the ledger at {where} cannot be read: {fault}", 2) from fault
        except NotInTree as fault:
            raise fail(f"the ledger at {where} has no proof for that: {fault}") from fault
        holds = grew(before, after, proof)
        if as_json:
            sizes = {"old": before.size, "new": after.size}
            typer.echo(json.dumps({"holds": holds, **sizes, "hashes": [b64encode(each).decode() for each in proof]}))
        elif holds:
            typer.echo(f"holds: the first {before.size:,} of {after.size:,} records are those of the older checkpoint")
        if not holds:
            raise fail(
                f"broken: the {after.size:,} records do not begin with the {before.size:,} of the older checkpoint"
            )


def _found(published: Published, event: UUID) -> tuple[int, bytes]:
    """The first record in which an event stands; refuses with LookupError."""
    mark = b'"event":"%s"' % str(event).encode()
    for index, leaf in enumerate(published.leaves(stated_by(published).size)):
        if mark in leaf.partition(b"\n")[0]:
            return index, leaf
    raise LookupError(event)


def _stated(published: Published, instruments: Instruments, said: str | None) -> Checkpoint:
    """The checkpoint in a file, the published one, or what the tiles say of a size."""
    of_file = said is not None and not said.isdecimal()
    note = parse_note(Path(said).read_bytes() if said and of_file else published.checkpoint() or b"")
    if not note.signed_by(key := parse_vkey(published.vkey() or ""), instruments.holds):
        raise NotANote(f"{key.name} did not sign {said if of_file else 'its checkpoint'}")
    stated = parse_checkpoint(note.text)
    if said is None or of_file:
        return stated
    return Checkpoint(stated.origin, int(said), root_at(published, int(said)))

"""`evidence replay --to-topic`: the ledger's records once more, on a topic of one's own."""

import json
from collections.abc import Callable

import typer

from evidence.cli.instruments import Teller, fail
from evidence.cli.reading import Copy
from evidence.domain.republishing import RESERVED, Republishing


def republish(
    copy: Copy,
    topic: str,
    subject: str | None,
    teller: Teller,
    documents: Callable[[str], bytes | None] | None,
    *,
    as_json: bool,
) -> None:
    if topic.endswith(RESERVED):
        raise fail(f"{topic} is a service's own, which nobody else writes to; name another topic")
    again = Republishing(subject, documents)
    try:
        told = teller.tell(topic, again.records(copy.leaves(None if as_json else "publishing")))
    except (ConnectionError, ValueError) as fault:
        raise fail(str(fault), 2) from fault
    if as_json:
        typer.echo(json.dumps({"topic": topic, "published": told, "left_out": dict(again.left_out)}))
        return
    left_out = ", ".join(f"{count} {why}" for why, count in sorted(again.left_out.items()))
    typer.echo(f"{told} records on {topic}" + (f"; left out: {left_out}" if left_out else ""))

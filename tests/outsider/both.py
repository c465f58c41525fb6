"""The ledger held against the topics, byte for byte."""

import base64
import json
from collections.abc import Iterator

from outsider.events import Breach, Message
from outsider.published import Ledger, sha


def as_sealed(raw: bytes | None) -> object:
    """How an envelope writes a key or a header."""
    try:
        return raw if raw is None else raw.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(raw or b"").decode()}


def look_at_both(messages: list[Message], ledger: Ledger) -> Iterator[Breach]:
    """That the newest incarnation of each topic is in the ledger, byte for byte, and nothing else is."""
    newest: dict[str, int] = {}
    for incarnation, topic, *_ in ledger.at:
        newest[topic] = max(incarnation, newest.get(topic, 0))
    sealed = {place[1:]: seq for place, seq in ledger.at.items() if place[0] == newest[place[1]]}
    there = {message.place: message for message in messages}
    for place in there.keys() - sealed.keys():
        yield Breach("every message is sealed", str(place))
    for place in sealed.keys() - there.keys():
        yield Breach("every sealed message was on its topic", str(place))
    for place in there.keys() & sealed.keys():
        message, (head, _, body) = there[place], ledger.leaves[sealed[place]].partition(b"\n")
        envelope = json.loads(head)
        same = sha(message.value).hex() == envelope["sha256"] if "sha256" in envelope else message.value == body
        if not same:
            yield Breach("the sealed bytes are the message's", str(place))
        if envelope["key"] != as_sealed(message.key):
            yield Breach("the sealed key is the message's", str(place))
        if envelope["headers"] != [[name, as_sealed(value)] for name, value in message.headers]:
            yield Breach("the sealed headers are the message's", str(place))

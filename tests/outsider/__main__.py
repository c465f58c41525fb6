"""The outsider as it is run: looks at everything it was shown, and says what is broken."""

import argparse
import asyncio
import itertools
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # It is run as a folder, by strangers too.

import outsider
from outsider import Breach, Ledger, Message, look_at_both, look_at_ledger, look_at_topics, messages_of, source_of

SHOWN = 20


def main() -> int:
    options = argparse.ArgumentParser(
        description=outsider.__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--ledger", required=True, help="folder or address of the published ledger")
    options.add_argument("--kafka", help="bootstrap servers; without them the ledger is looked at alone")
    options.add_argument("--wait", type=float, default=30, help="seconds that the ledger may lag behind the topics")
    given = options.parse_args()
    patient_until = time.monotonic() + given.wait
    breaches: list[Breach] = []
    messages: list[Message] = []
    try:
        while True:
            messages = asyncio.run(messages_of(given.kafka)) if given.kafka else []
            ledger = Ledger(source_of(given.ledger))
            breaches.clear()
            breaches.extend(look_at_ledger(ledger))  # one by one: what was found outlasts a file that is missing
            apart = {m.place for m in messages} ^ {place[1:] for place in ledger.at}  # both may have grown meanwhile
            if not (given.kafka and apart) or time.monotonic() > patient_until:
                break
            time.sleep(1)
    except (OSError, ValueError) as fault:
        print(f"could not look further: {type(fault).__name__}: {fault}")
        return report(breaches) or 2
    if given.kafka:
        breaches += [*look_at_topics(messages, ledger.keys), *look_at_both(messages, ledger)]
        print(f"topics: {dict(Counter(message.topic for message in messages))}")
    print(
        f"ledger: {ledger.origin}, {ledger.size} records, {ledger.tiles} tiles, {len(ledger.keys)} keys, {dict(ledger.flags)}"
    )
    status = report(breaches)
    print("no breach" if status == 0 else f"{len(breaches)} breaches")
    return status


def report(breaches: list[Breach]) -> int:
    for rule, times in Counter(breach.rule for breach in breaches).items():
        print(f"BROKEN {rule}: {times}")
        for breach in itertools.islice((b for b in breaches if b.rule == rule), SHOWN):
            print(f"    {breach.where}")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())

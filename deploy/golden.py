"""Writes the golden contracts anew: schemas, examples of new event versions, AsyncAPI, OpenAPI and the catalogue.

It refuses, and writes nothing, where an event no longer keeps what was published of it; else what is new in an event
is added to the record of what was published. With `--check` it only says what would change.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

from contracts.published import breaches, line_of, published, unrecorded
from contracts.topics import KNOWN

CONTRACTS = Path(__file__).resolve().parent.parent / "contracts"
RECORD = CONTRACTS / "published.jsonl"


def changed() -> list[tuple[Path, str]]:
    """Every golden file that does not hold what it should, and what that is."""
    # Only now, past the gate: what a broken event takes down must not come before the sentence that says why.
    from contract_documents import golden

    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {
            "QIZHENG_KEYS": folder,
            "QIZHENG_KEY_ENCRYPTION_KEY": f"{folder}/people.kek",
            "QIZHENG_SETTINGS": "",
        }
        return [(path, text) for path, text in golden(CONTRACTS) if not path.exists() or path.read_text() != text]


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--check", action="store_true", help="write nothing; fail if something would change")
    check = options.parse_args().check
    recorded = published(RECORD)
    if broken := list(breaches(recorded, KNOWN)):
        print(*broken, sep="\n", file=sys.stderr)
        return 1
    files, shapes = changed(), list(unrecorded(recorded, KNOWN))
    for path, _ in files:
        print(f"{'would change' if check else 'writes'} {path.relative_to(CONTRACTS.parent)}")
    for name, _ in shapes:
        print(f"{'would publish' if check else 'publishes'} {name}")
    if check:
        return 1 if files or shapes else 0
    for path, text in files:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    # If we stop here, the schemas are ahead of the record; the next run still asks the record, and adds to it.
    with RECORD.open("a", encoding="utf-8") as record:
        record.writelines(map(line_of, shapes))
    return 0


if __name__ == "__main__":
    sys.exit(main())

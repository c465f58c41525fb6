"""The services as they stand beside evidence: each recomputes its own figures, with its own rules, when it is asked."""

import json
import subprocess
from collections.abc import Iterable
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

AGREES, DIFFERS = 0, 1
Asked = subprocess.Popen[bytes]


class Recomputers:
    """Their commands, in a folder. What they say on standard error they say to whoever asked."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def figures(
        self, services: Iterable[str], events: Iterable[bytes], *opening: str
    ) -> dict[str, list[dict[str, Any]]]:
        """The figures of each service out of these events, side by side. `opening` are words for payroll-bridge.

        Raises OSError where a service cannot be asked or could not answer.
        """
        asked = dict[str, Asked]()
        with NamedTemporaryFile() as told:
            told.writelines(line + b"\n" for line in events)
            told.flush()
            try:
                for name in services:
                    asked[name] = self._ask(name, Path(told.name), opening if name == "payroll-bridge" else ())
                return {name: _answer(name, process) for name, process in asked.items()}
            finally:
                for process in asked.values():
                    process.kill()  # One that has answered has ended.
                    process.wait()

    def _ask(self, service: str, told: Path, words: Iterable[str]) -> Asked:
        command = [str(self._folder / service), "recompute", "--json", *words]
        with told.open("rb") as events:
            return subprocess.Popen(command, stdin=events, stdout=subprocess.PIPE)


def _answer(service: str, process: Asked) -> list[dict[str, Any]]:
    said, _ = process.communicate()
    if process.returncode not in (AGREES, DIFFERS):
        raise OSError(f"{service} could not recompute its figures")
    return json.loads(said)["figures"]

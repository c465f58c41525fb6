"""The house as its walls see it: members, rooms, sources and what they import. Real, or planted in an empty folder."""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LIBRARIES = {"casework", "chassis"}


@dataclass(frozen=True)
class Source:
    """One module of a member's `src`."""

    root: Path
    path: Path
    package: str
    room: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.path.read_text(encoding="utf-8"), str(self.path))

    @property
    def where(self) -> str:
        return self.path.relative_to(self.root).as_posix()

    @cached_property
    def imports(self) -> dict[str, str]:
        """Every local name that an import gives, anywhere in the file, and the dotted thing it stands for."""
        names: dict[str, str] = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                names |= {(a.asname or a.name): a.name for a in node.names}
            elif isinstance(node, ast.ImportFrom):
                origin = node.module or self.package  # Relative imports are banned by ruff; they stay in the package.
                names |= {(a.asname or a.name): f"{origin}.{a.name}" for a in node.names}
        return names

    @property
    def imported(self) -> set[str]:
        return set(self.imports.values())

    def mentions(self) -> Iterator[tuple[int, str]]:
        """Each name or attribute read in the file, as (line, dotted origin): `dt.now` is `datetime.datetime.now`."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Name | ast.Attribute) and (dotted := self._origin(node)):
                yield node.lineno, dotted

    def _origin(self, node: ast.expr) -> str | None:
        match node:
            case ast.Name(id=name):
                return self.imports.get(name, name)
            case ast.Attribute(value=value, attr=attribute) if before := self._origin(value):
                return f"{before}.{attribute}"
            case _:
                return None


@dataclass(frozen=True)
class House:
    root: Path

    @property
    def members(self) -> list[Path]:
        return [*sorted(p.parent for p in self.root.glob("services/*/pyproject.toml")), self.root / "contracts"]

    @property
    def services(self) -> dict[str, Path]:
        """Package and folder of each service; the chassis and casework are libraries."""
        packages = sorted(p for p in self.root.glob("services/*/src/*") if p.is_dir() and p.name.isidentifier())
        return {p.name: p for p in packages if p.name not in LIBRARIES}

    @cached_property
    def sources(self) -> list[Source]:
        packages = [p for p in sorted(self.root.glob("services/*/src/*")) if p.is_dir()]
        packages.append(self.root / "contracts/src/contracts")
        return [
            Source(self.root, path, package.name, path.relative_to(package).parts[0].removesuffix(".py"))
            for package in packages
            for path in sorted(package.rglob("*.py"))
        ]


@pytest.fixture(scope="session")
def house() -> House:
    return House(ROOT)


@pytest.fixture
def planted(tmp_path: Path) -> Callable[[dict[str, str]], House]:
    """Writes a small house, `{path: text}`, into an empty folder."""

    def plant(files: dict[str, str]) -> House:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return House(tmp_path)

    return plant

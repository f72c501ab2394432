"""The project's own Python files, parsed: what the architecture tests look at."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("ledger", "wallet_api", "merchant_portal", "council_office", "shared_web", "commands", "demo")
MODULES = ("app", "wsgi")
FACES = ("wallet_api", "merchant_portal", "council_office")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One Python file: where it stands from the root, its text, its tree, and every node of that, walked once."""

    path: Path
    text: str
    tree: ast.Module
    nodes: tuple[ast.AST, ...]

    def at(self, node: ast.AST) -> str:
        """Where a node stands, as an editor takes it."""
        return f"{self.path}:{getattr(node, 'lineno', 1)}"


def sources(*folders: str, root: Path = ROOT) -> Iterator[Source]:
    """Each Python file of these folders and files of the project; of all that is served where none is named."""
    for name in folders or (*PACKAGES, *(f"{module}.py" for module in MODULES)):
        place = root / name
        for path in [place] if place.is_file() else sorted(place.rglob("*.py")):
            yield _read(path, root)


@cache
def _read(path: Path, root: Path) -> Source:
    return parsed(path.relative_to(root), path.read_text(encoding="utf-8"))


def parsed(path: Path, text: str) -> Source:
    """A file of this text, as if it stood there."""
    tree = ast.parse(text)
    return Source(path=path, text=text, tree=tree, nodes=tuple(ast.walk(tree)))


def everything(root: Path = ROOT) -> Iterator[Source]:
    """Each Python file of the project, its tests and scripts included."""
    yield from sources(*PACKAGES, *(f"{module}.py" for module in MODULES), "scripts", "tests", root=root)


def imported(source: Source) -> Iterator[tuple[ast.stmt, str]]:
    """Each import of a file: its statement and the full name of what it brings in."""
    for node in source.nodes:
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            yield from ((node, f"{node.module}.{alias.name}") for alias in node.names)


def dotted(node: ast.AST) -> str:
    """A name as written: `datetime.now` for that attribute; "" for what is no plain name."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr}" if before else ""
    return ""

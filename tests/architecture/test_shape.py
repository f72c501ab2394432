"""How a file looks: short functions, short modules, a first sentence, whole words (style.md of the design)."""

import ast
import re
from collections.abc import Iterator
from functools import cache

from tests.architecture.source import Source, everything, parsed, sources

LONGEST_FUNCTION = 40
LONGEST_MODULE = 300
NAMES_WITHOUT_MEANING = {"utils", "helpers", "common", "misc"}
ABBREVIATIONS = {"txn", "acct", "amt"}
NAMING = frozenset({"id", "attr", "arg", "name", "asname"})
"""The fields of a node that hold a name."""
NAMES_OF_A_FORMAT = {"txn_id": {"council_tax", "revenues"}, "orig_txn_id": {"council_tax", "revenues"}}
"""Field names that a published file layout gives, and the folders that may say them."""


def refuse(found: list[str]) -> None:
    """Fail with each place on a line of its own."""
    assert not found, "\n" + "\n".join(found)


def lines_of(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """The lines of a function, from its `def` to its end, decorators apart."""
    assert node.end_lineno is not None, "a parsed function has an end"
    return node.end_lineno - node.lineno + 1


def identifiers(source: Source) -> Iterator[tuple[ast.AST, str]]:
    """Each name a file gives or uses."""
    for node in source.nodes:
        for field in NAMING.intersection(node._fields):
            if isinstance(name := getattr(node, field), str):
                yield node, name


@cache
def words_of(name: str) -> frozenset[str]:
    """The words that a name is made of."""
    return frozenset(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower().split("_"))


def long_functions(files: Iterator[Source]) -> list[str]:
    """The functions of these files that are too long."""
    return [
        f"{source.at(node)} {node.name} has {lines_of(node)} lines"
        for source in files
        for node in source.nodes
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and lines_of(node) > LONGEST_FUNCTION
    ]


def abbreviated(files: Iterator[Source]) -> list[str]:
    """The names in these files that have an abbreviation as one of their words."""
    return [
        f"{source.at(node)} {name}"
        for source in files
        for node, name in identifiers(source)
        if ABBREVIATIONS & words_of(name) and not NAMES_OF_A_FORMAT.get(name, set()) & set(source.path.parts)
    ]


def test_no_function_has_more_than_forty_lines() -> None:
    refuse(long_functions(everything()))


def test_no_module_has_more_than_three_hundred_lines() -> None:
    lengths = ((source.path, len(source.text.splitlines())) for source in everything())
    refuse([f"{path} has {length} lines" for path, length in lengths if length > LONGEST_MODULE])


def test_every_module_opens_with_a_sentence() -> None:
    """But for an empty `__init__.py` of the tests, which only marks a folder."""
    modules = (source for source in everything() if source.text or source.path.parts[0] != "tests")
    firsts = ((source.path, (ast.get_docstring(source.tree) or "").split("\n\n")[0]) for source in modules)
    refuse(
        [f"{path}: {first!r}" for path, first in firsts if not re.fullmatch(r"[A-Z`0-9][^\n]*(\n[^\n]+)*[.:?]", first)]
    )


def test_every_public_thing_of_the_ledger_has_a_docstring() -> None:
    public = (
        (source, node)
        for source in sources("ledger")
        if "versions" not in source.path.parts
        for node in source.tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
    )
    refuse([f"{source.at(node)} {node.name}" for source, node in public if not ast.get_docstring(node)])


def test_imports_stand_at_the_top_of_the_file() -> None:
    refuse(
        [
            source.at(node)
            for source in everything()
            for node in source.nodes
            if isinstance(node, ast.Import | ast.ImportFrom) and node.col_offset
        ]
    )


def test_imports_are_absolute() -> None:
    refuse(
        [
            source.at(node)
            for source in everything()
            for node in source.nodes
            if isinstance(node, ast.ImportFrom) and node.level
        ]
    )


def test_no_file_is_called_by_a_name_that_means_nothing() -> None:
    refuse(
        [str(source.path) for source in everything() if NAMES_WITHOUT_MEANING & {*source.path.parts, source.path.stem}]
    )


def test_no_name_is_abbreviated() -> None:
    refuse(abbreviated(everything()))


def test_a_long_function_and_an_abbreviation_would_be_found() -> None:
    text = "def settle(txn):\n" + "    pass\n" * LONGEST_FUNCTION
    source = next(iter(everything()))
    made = parsed(source.path, text)
    assert len(long_functions(iter([made]))) == 1
    assert len(abbreviated(iter([made]))) == 1

"""The layouts of answers that can be used: those that come with the ledger, and the council's own in a folder."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path

from ledger.council_tax.layouts.answer_check import check_answer_layout
from ledger.council_tax.layouts.answer_spec import AnswerSpec
from ledger.council_tax.layouts.errors import LayoutRefused
from ledger.errors import NotFound
from ledger.settings import Settings

SHIPPED_ANSWERS = ("posting_report_csv",)
FOLDER = "layouts"


def layouts_of(settings: Settings) -> Path:
    """Where the council's own layouts stand."""
    return settings.data / FOLDER


def answer_layouts(folder: Path) -> Mapping[str, AnswerSpec]:
    """Every layout of answers by its name, the council's own in place of one of the same name that is shipped.

    A file of the folder that cannot be used is left out: `tallystick layouts check` says why.
    """
    found = {name: shipped_answers(name) for name in SHIPPED_ANSWERS}
    for path in sorted(folder.glob("*.toml")) if folder.is_dir() else ():
        try:
            spec = check_answer_layout(path.read_text(encoding="utf-8")).spec
        except (LayoutRefused, UnicodeDecodeError, OSError):
            continue
        found[spec.name] = spec
    return found


def answer_layout(name: str, folder: Path) -> AnswerSpec:
    """The layout of answers of this name. Raises NotFound."""
    found = answer_layouts(folder).get(name)
    if found is None:
        raise NotFound("layout")
    return found


@cache
def shipped_answers(name: str) -> AnswerSpec:
    """One of those that come with the ledger."""
    text = files(__package__).joinpath(f"{name}.toml").read_text(encoding="utf-8")
    return check_answer_layout(text).spec

"""Look at a layout before it is used: what it makes of sample lines, and that it reads back what it wrote."""

from dataclasses import dataclass

from ledger.council_tax.layouts.errors import LayoutRefused, NotOfTheLayout, Problem, ValueDoesNotFit
from ledger.council_tax.layouts.reader import read
from ledger.council_tax.layouts.shipped import SAMPLE_HEADER, sample_lines
from ledger.council_tax.layouts.spec import LayoutSpec
from ledger.council_tax.layouts.toml_fields import line_of
from ledger.council_tax.layouts.toml_text import read_layout
from ledger.council_tax.layouts.writer import WrittenFile, write
from ledger.errors import InvalidField


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A layout that may be used, and the files it makes of the sample lines."""

    spec: LayoutSpec
    files: list[WrittenFile]


def check_layout(text: str) -> Checked:
    """The layout of a TOML text, tried on sample lines of every code. Raises LayoutRefused, by line and field."""
    spec = read_layout(text)
    try:
        files = write(spec, SAMPLE_HEADER, sample_lines())
        for file in files:
            read(spec, file.content)
    except ValueDoesNotFit as error:
        line = line_of(text, "source", error.field.section, error.field.place)
        raise _refused(line, error.field.name, error.sentence) from error
    except InvalidField as error:
        raise _refused(line_of(text, "file_name"), "file_name", error.reason) from error
    except NotOfTheLayout as error:
        raise _refused(0, error.field, f"what it wrote does not read back: {error.sentence}") from error
    if len({file.name for file in files}) != len(files):
        raise _refused(line_of(text, "file_name"), "file_name", "two files would have one name")
    return Checked(spec=spec, files=files)


def _refused(line: int, field: str, sentence: str) -> LayoutRefused:
    return LayoutRefused([Problem(line=line, field=field, sentence=sentence)])

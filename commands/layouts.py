"""`tallystick layouts`: how other systems want a night's lines; look at a layout before it is used, write by one."""

from pathlib import Path

import click

from commands.environment import current_engine, honest_status, occasion, takes_settings
from ledger.audit.operations import Subject, record_command
from ledger.council_tax.delivery.place import place
from ledger.council_tax.layouts.check import check_layout
from ledger.council_tax.layouts.shipped import SHIPPED, read_ctx1, shipped
from ledger.council_tax.layouts.spec import LayoutSpec
from ledger.council_tax.layouts.toml_text import read_layout
from ledger.council_tax.layouts.writer import WrittenFile, write
from ledger.council_tax.queries import released_file
from ledger.settings import Settings
from ledger.store import unit_of_work

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
_FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)


@click.group()
def command() -> None:
    """Files of a night's lines as other systems take them."""


@command.command("list")
def list_layouts() -> None:
    """The layouts that come with the ledger. No council has proved them in a test system unless it says so here."""
    for name in SHIPPED:
        click.echo(f"{name}: {shipped(name).about}")


@command.command()
@click.argument("file", type=_FILE)
def check(file: Path) -> None:
    """Read the layout in FILE and show what it makes of sample lines; status 1, by line and field, where it cannot."""
    with honest_status():
        checked = check_layout(_text(file))
        for written in checked.files:
            click.echo(f"{written.name}\n{_shown(written)}")
        click.echo(f"The layout {checked.spec.name} can be used. Prove it in a test system before you do.")


@command.command("write")
@click.option("--layout", "name", required=True, help="One of `layouts list`, or the file of a layout of your own.")
@click.option("--sequence", type=click.IntRange(1, 999_999), required=True, help="The batch.")
@click.option("--to", "out", type=_FOLDER, required=True, help="The folder; what is there already stays.")
@takes_settings
def write_files(settings: Settings, name: str, sequence: int, out: Path) -> None:
    """Write a batch's lines in a layout, from its stored bytes: the same files as often as it is asked for.

    Status 1 before two officers released it.
    """
    spec = _spec(name)
    subject, now = Subject(kind="council-tax", id=str(sequence)), occasion("command:layouts-write")
    with current_engine(settings) as engine, unit_of_work(engine) as session:
        header, lines = read_ctx1(released_file(session, sequence=sequence).content)
        record_command(session, "layouts-write", subject=subject, details={"layout": spec.name}, occasion=now)
    for file in write(spec, header, lines):
        outcome = place(out, name=file.name, content=file.content)
        click.echo(f"{out / file.name} {outcome.value.replace('_', ' ')}")


def _spec(name: str) -> LayoutSpec:
    if name in SHIPPED:
        return shipped(name)
    path = Path(name)
    if not path.is_file():
        raise click.UsageError(f"--layout: {name} is neither a layout that comes with the ledger nor a file")
    return read_layout(_text(path))


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise click.UsageError(f"{file} is not text in UTF-8") from error


def _shown(file: WrittenFile) -> str:
    return "".join(f"  {line}\n" for line in file.content.decode("ascii").splitlines())

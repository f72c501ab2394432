"""`tallystick layouts`: how other systems want a night's lines; look at a layout before it is used, write by one."""

from pathlib import Path

import click
from sqlalchemy import Engine

from commands.environment import current_engine, honest_status, occasion, takes_settings
from ledger.audit.operations import Subject, record_command
from ledger.council_tax.delivery.place import place
from ledger.council_tax.layouts.answer_check import CheckedAnswers, check_answer_layout
from ledger.council_tax.layouts.answer_layouts import SHIPPED_ANSWERS, answer_layout, layouts_of, shipped_answers
from ledger.council_tax.layouts.answer_reader import as_answer
from ledger.council_tax.layouts.answer_toml import reads_answers
from ledger.council_tax.layouts.check import Checked, check_layout
from ledger.council_tax.layouts.shipped import SHIPPED, read_ctx1, shipped
from ledger.council_tax.layouts.spec import LayoutSpec
from ledger.council_tax.layouts.writer import write
from ledger.council_tax.queries import released_file
from ledger.occasion import Occasion
from ledger.settings import Settings
from ledger.store import reading, unit_of_work

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
    for name in SHIPPED_ANSWERS:
        click.echo(f"{name}, of answers: {shipped_answers(name).about}")


@command.command()
@click.argument("file", type=_FILE)
def check(file: Path) -> None:
    """Read the layout in FILE and show what it makes of sample lines; status 1, by line and field, where it cannot."""
    text = _text(file)
    with honest_status():
        if reads_answers(text):
            _show_answers(check_answer_layout(text))
        else:
            _show_files(check_layout(text))


def _show_files(checked: Checked) -> None:
    for written in checked.files:
        click.echo(f"{written.name}\n{_indented(written.content.decode('ascii'))}")
    click.echo(f"The layout {checked.spec.name} can be used. Prove it in a test system before you do.")


def _show_answers(checked: CheckedAnswers) -> None:
    click.echo(f"It expects a file like this:\n{_indented(checked.sample)}")
    click.echo(f"and reads it as:\n{_indented(checked.answer)}")
    click.echo(f"The layout {checked.spec.name} can be used. Prove it in a test system before you do.")


@command.command("read")
@click.argument("file", type=_FILE)
@click.option("--layout", "name", required=True, help="One of answers of `layouts list`, or the file of your own.")
@click.option("--sequence", type=click.IntRange(1, 999_999), required=True, help="The batch that FILE answers.")
@takes_settings
def read_answer(settings: Settings, file: Path, name: str, sequence: int) -> None:
    """Show what another system's answer FILE says of a batch, as CTR 1; nothing is taken in.

    Status 1, by row and field, where it is not wholly right.
    """
    with current_engine(settings) as engine:
        answer = read_by(engine, settings, name, file.read_bytes(), sequence, occasion("command:layouts-read"))
    click.echo(_indented(answer.decode("ascii")), nl=False)


def read_by(engine: Engine, settings: Settings, name: str, content: bytes, sequence: int, now: Occasion) -> bytes:
    """The answer CTR 1 to a batch that a file of another system stands for, by the layout of answers of this name."""
    path = Path(name)
    spec = check_answer_layout(_text(path)).spec if path.is_file() else answer_layout(name, layouts_of(settings))
    with reading(engine) as session:
        sent = released_file(session, sequence=sequence)
    return as_answer(spec, content, file=sent, at=now.now)


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
    return check_layout(_text(path)).spec


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise click.UsageError(f"{file} is not text in UTF-8") from error


def _indented(text: str) -> str:
    return "".join(f"  {line}\n" for line in text.splitlines())

"""The `tallystick` command: one module a command, loaded when it is called."""

from importlib import import_module

import click

from ledger import __version__

COMMANDS = {
    "check-books": "commands.check_books",
    "close-month": "commands.close_month",
    "council-tax": "commands.council_tax",
    "db": "commands.db",
    "demo": "commands.demo",
    "doctor": "commands.doctor",
    "emergency": "commands.emergency",
    "export": "commands.export",
    "import": "commands.import_",
    "keys": "commands.keys",
    "layouts": "commands.layouts",
    "nightly": "commands.nightly",
    "officer": "commands.officer",
    "serve": "commands.serve",
    "wind-down": "commands.wind_down",
}


class _Group(click.Group):
    """Imports a command's module only when that command is asked for."""

    def list_commands(self, _context: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, _context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        command: click.Command = import_module(COMMANDS[name]).command
        return command


@click.group(cls=_Group)
@click.version_option(__version__, prog_name="tallystick")
def main() -> None:
    """A local currency and cooperative incentive ledger for councils.

    Exit status: 0 all is well, 1 problems were found, 2 the command was called wrongly, 75 try again later.
    """

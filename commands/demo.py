"""`tallystick demo`: make a folder with a believable scheme once, and serve it."""

from dataclasses import replace
from pathlib import Path
from secrets import token_bytes
from sys import stderr

import click

from commands.environment import DEMO_FOLDER, SETTINGS_FILE, honest_status, read_settings
from commands.progress import showing
from commands.serve import serve
from demo.prepare import is_prepared, prepare
from ledger import clock, log
from ledger.clock import london_date
from ledger.keys import new_keys
from ledger.settings import Settings

HOST = "127.0.0.1"


@click.command()
@click.option("--prepare", "only_prepare", is_flag=True, help="Set the demo up, and do not serve it.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="The port to listen on.")
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="TALLYSTICK_DATA",
    default=DEMO_FOLDER,
    show_default=True,
    help="The folder of database, keys and files.",
)
def command(only_prepare: bool, port: int, data: Path) -> None:
    """Serve a believable scheme of made-up people and shops on this machine."""
    log.configure(stderr)
    with honest_status():
        settings = _settings(data.absolute())
        if not is_prepared(settings.data):
            click.echo(f"Building six weeks of a town in {settings.data} (this happens once).", err=True)
            with showing() as progress:
                prepare(settings, today=london_date(clock.now()), progress=progress)
    if only_prepare:
        click.echo(f"The demo is ready in {settings.data}.", err=True)
        return
    address = f"http://localhost:{port}"
    click.echo(f"The demo is at {address} (stop it with Ctrl-C).", err=True)
    serve(replace(settings, base_url=address), host=HOST, port=port)


def _settings(data: Path) -> Settings:
    """The folder's settings; keys and settings.env are made where there are none."""
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = data / SETTINGS_FILE
    if not file.exists():
        keys = new_keys(data / "keys", token_bytes)
        values = {**_VALUES, **keys, "DATABASE_URL": f"sqlite:///{data / 'tallystick.sqlite'}"}
        partial = file.with_suffix(".part")
        partial.write_text("".join(f"{name}='{value}'\n" for name, value in values.items()), encoding="utf-8")
        partial.replace(file)
    return read_settings(data)


_VALUES = {
    "TALLYSTICK_BASE_URL": "http://localhost:8000",
    "TALLYSTICK_SCHEME_NAME": "Lambeth Credits",
    "TALLYSTICK_SCHEME_CODE": "LCC",
    "TALLYSTICK_AUTHORITY": "E09000022",
    "TALLYSTICK_ENVIRONMENT": "T",
    "TALLYSTICK_SCHEME_PHONE": "020 7946 0123",
    "TALLYSTICK_SCHEME_DESK_HOURS": "Monday to Friday, 9am to 5pm",
    "TALLYSTICK_COUNCIL_TAX_CEILING": "10000.00",
    "TALLYSTICK_NOTICES": "file",
    "TALLYSTICK_DEMO": "yes",
}

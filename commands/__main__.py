"""`python -m commands` is the `tallystick` command."""

from commands import main

main(prog_name="tallystick")

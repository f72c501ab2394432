"""Who runs a night: a process of a machine, named so that its end can be seen from another process there."""

import os
import platform
from pathlib import Path

PROCESSES = Path("/proc")


def this_process() -> str:
    """The name of this process: its machine, the space its number counts in, its number, and when it began."""
    return f"{_machine()} {os.getpid()} {_began(os.getpid()) or 'unknown'}"


def has_ended(runner: str) -> bool:
    """Whether a process of that name is known to have ended: never of one on another machine, or of an unknown kind."""
    machine, _, process = runner.rpartition(" ")[0].rpartition(" ")
    began = runner.rpartition(" ")[2]
    if machine != _machine() or not process.isdigit() or not began.isdigit():
        return False
    return _began(int(process)) != began


def _machine() -> str:
    """Where a process's number means something: a container of the same name counts its own."""
    try:
        space = os.readlink(PROCESSES / "self" / "ns" / "pid")
        booted = (PROCESSES / "sys" / "kernel" / "random" / "boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return f"{platform.node()} unknown"
    return f"{platform.node()} {booted} {space}"


def _began(process: int) -> str | None:
    """When a process began, in ticks since its machine did (proc(5), field 22); None where there is none that lives."""
    try:
        told = (PROCESSES / str(process) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    fields = told.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else fields[19]

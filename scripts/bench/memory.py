"""The most memory this process had at once, counted from whenever that was forgotten (Linux, proc(5))."""

from pathlib import Path

STATUS, CLEAR, PEAK_ONLY = Path("/proc/self/status"), Path("/proc/self/clear_refs"), "5"


def forget_peak() -> None:
    """Count the most memory from what is in use now."""
    CLEAR.write_text(PEAK_ONLY, encoding="ascii")


def peak() -> float:
    """MiB at the most since then."""
    return _status("VmHWM")


def in_use() -> float:
    """MiB now."""
    return _status("VmRSS")


def _status(name: str) -> float:
    lines = STATUS.read_text(encoding="ascii").splitlines()
    return int(next(line for line in lines if line.startswith(f"{name}:")).split()[1]) / 1024

"""The package holds everything that is read when the service runs, wherever it is installed."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.architecture.source import MODULES, PACKAGES, ROOT

NEEDED_TO_BUILD = ("setup.cfg", "pyproject.toml", "README.md", "LICENSE", *(f"{module}.py" for module in MODULES))


def packaged() -> set[str]:
    """Every file of the packages that stands in the tree, but what Python leaves there."""
    paths = (path for package in PACKAGES for path in (ROOT / package).rglob("*") if path.is_file())
    return {path.relative_to(ROOT).as_posix() for path in paths if "__pycache__" not in path.parts}


@pytest.mark.slow
def test_a_wheel_holds_every_template_static_file_migration_and_list_of_the_demo(tmp_path: Path) -> None:
    copy = tmp_path / "tree"
    for package in PACKAGES:
        shutil.copytree(ROOT / package, copy / package, ignore=shutil.ignore_patterns("__pycache__"))
    for name in NEEDED_TO_BUILD:
        shutil.copyfile(ROOT / name, copy / name)

    built = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", tmp_path, copy]
    subprocess.run(built, check=True, capture_output=True)

    (wheel,) = tmp_path.glob("*.whl")
    assert packaged() - set(zipfile.ZipFile(wheel).namelist()) == set()

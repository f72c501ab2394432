"""Who may import whom: the contracts of setup.cfg hold, each is seen to fail, and what they cannot say is said here."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.source import MODULES, PACKAGES, ROOT, imported, sources

LINT_IMPORTS = Path(sys.executable).parent / "lint-imports"
FEATURES = (
    *("book", "audit", "people", "scheme", "wallets", "earning", "redemption"),
    *("council_tax", "settlement", "notices", "nights", "proof", "corrections"),
)
FOUNDATION = {
    "__version__",
    "clock",
    "collecting",
    "connections",
    "errors",
    "field_keys",
    "full_disk",
    "identifiers",
    "lasting",
    "money",
    "occasion",
    "outages",
    "prepared",
    "rule_settings",
    "setting_texts",
    "settings",
    "spreadsheets",
    "staging",
    "store",
    "tables",
}

BREAKS = [
    ("1. The ledger has never heard of the web", "ledger/money.py", "import flask"),
    ("1. The ledger has never heard of the web", "ledger/earning/rules.py", "import shared_web"),
    ("2. Inside the ledger, arrows go one way", "ledger/book/rules.py", "import ledger.people.rules"),
    ("2. Inside the ledger, arrows go one way", "ledger/earning/rules.py", "import ledger.redemption.rules"),
    ("2. Inside the ledger, arrows go one way", "ledger/book/rules.py", "import ledger.notices.models"),
    ("3. The faces never import each other", "wallet_api/__init__.py", "import merchant_portal"),
    ("3. The faces never import each other", "shared_web/__init__.py", "import commands"),
    ("3. The faces know neither SQLAlchemy nor any table", "council_office/__init__.py", "import sqlalchemy"),
    ("3. The faces know neither SQLAlchemy nor any table", "wallet_api/__init__.py", "import ledger.book.models"),
    ("4. What the faces share knows no face", "shared_web/__init__.py", "import wallet_api"),
    ("4. Only app.py knows the faces", "commands/__init__.py", "import merchant_portal"),
    ("4. Only app.py knows the faces", "demo/__init__.py", "import shared_web"),
    ("4. Only the commands and wsgi.py know app.py", "wallet_api/__init__.py", "import app"),
]


def lint_imports(root: Path) -> subprocess.CompletedProcess[str]:
    """What import-linter says about the tree at `root`."""
    return subprocess.run([LINT_IMPORTS, "--no-cache"], cwd=root, capture_output=True, text=True, check=False)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The Python files and contracts of the project, to break."""
    for package in PACKAGES:
        python_alone = shutil.ignore_patterns("__pycache__", "static", "templates", "*.csv")
        shutil.copytree(ROOT / package, tmp_path / package, ignore=python_alone)
    for name in ("setup.cfg", *(f"{module}.py" for module in MODULES)):
        shutil.copyfile(ROOT / name, tmp_path / name)
    return tmp_path


def test_the_contracts_hold() -> None:
    result = lint_imports(ROOT)
    assert result.returncode == 0, result.stdout


@pytest.mark.slow
@pytest.mark.parametrize(("contract", "path", "statement"), BREAKS)
def test_each_contract_fails_when_it_is_broken(copy: Path, contract: str, path: str, statement: str) -> None:
    file = copy / path
    file.write_text(f"{file.read_text(encoding='utf-8')}\n{statement}\n", encoding="utf-8")
    result = lint_imports(copy)
    broken = [line for line in result.stdout.splitlines() if line.startswith(contract) and line.endswith("BROKEN")]
    assert result.returncode == 1
    assert broken, result.stdout


def test_features_know_the_foundation_and_each_other_alone() -> None:
    """A verb over several features stands in a module of `ledger/` that no feature imports; nothing rests on proof."""
    allowed = FOUNDATION | (set(FEATURES) - {"proof"})
    found = [
        f"{source.at(node)} {name}"
        for feature in FEATURES
        for source in sources(f"ledger/{feature}")
        for node, name in imported(source)
        if name.startswith("ledger.") and name.split(".")[1] not in allowed | {feature}
    ]
    assert found == []


def test_app_knows_no_command_and_no_demo() -> None:
    (app,) = sources("app.py")
    assert {name.split(".")[0] for _, name in imported(app)} & {"commands", "demo", "wsgi"} == set()


def test_wsgi_knows_the_app_and_the_settings_alone() -> None:
    (wsgi,) = sources("wsgi.py")
    assert {name for _, name in imported(wsgi)} <= {"os", "app.create_app", "ledger.settings.Settings"}
    assert len(wsgi.text.splitlines()) <= 10

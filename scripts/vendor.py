"""Fetches the browser files we copy from npm, takes out what a council may not use, and records their hashes.

Run it as `python scripts/vendor.py` from anywhere; it needs `npm` and writes into the checkout.
"""

import hashlib
import json
import re
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SERVED = ROOT / "shared_web" / "static" / "vendor"
FOR_TESTS = ROOT / "tests" / "vendor"
LICENCES = ROOT / "scripts" / "licences"

RULE = r"[^{}]*\{[^{}]*\}"
FONT_FACES = re.compile(r"(/\*![^*]*Margaret Calvert[^*]*\*/)?@font-face\{[^{}]*\}")
EMBLEMS = re.compile(r"(?<=[{}])(?=[^{}]*\{)" + RULE, re.DOTALL)
EMPTY_MEDIA = re.compile(r"@(media|supports)[^{}]*\{\}")
SOURCE_MAP = re.compile(r"\n?(/\*|//)# sourceMappingURL=\S+?(\s*\*/)?\s*$")
DECODER_CDN = "https://fastly.jsdelivr.net/npm/zxing-wasm@3.1.4/dist/${n[1]}/${e}"
DECODER_HERE = "${new URL(e,import.meta.url)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """One file of a package, where it goes, and what is changed on the way."""

    source: str
    target: str
    change: Callable[[str], str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """One npm package at one version, known by the SHA-256 of its archive."""

    name: str
    version: str
    archive_sha256: str
    licence: str
    folder: Path
    files: tuple[Copied, ...]
    licence_texts: tuple[str, ...] = ()


def without_emblems(css: str) -> str:
    """Drop the fonts and emblems that only service.gov.uk may show, and name our own type instead."""
    css = FONT_FACES.sub("", css)
    css = EMBLEMS.sub(lambda rule: "" if re.search("crown|crest", rule[0], re.IGNORECASE) else rule[0], css)
    css = EMPTY_MEDIA.sub("", css)
    css = css.replace("GDS Transport,arial,sans-serif", "var(--ts-font)")
    return without_source_map(css)


def without_source_map(text: str) -> str:
    """Drop the last line's pointer to a map that we do not ship."""
    return SOURCE_MAP.sub("\n", text)


def beside_itself(script: str) -> str:
    """Make the decoder look for its wasm beside itself, never on somebody else's server."""
    assert DECODER_CDN in script, "the decoder's default address has moved"
    return script.replace(DECODER_CDN, DECODER_HERE)


def beside_share(script: str) -> str:
    """Both modules of the decoder stand in one folder here."""
    return script.replace('"../share.js"', '"./share.js"')


PACKAGES = (
    Package(
        name="govuk-frontend",
        version="6.3.0",
        archive_sha256="3d91fd1353e32e306a8ae493b44ba9c0277348b5dbc08442a3e63d822e516048",
        licence="MIT",
        folder=SERVED,
        files=(
            Copied(
                source="dist/govuk/govuk-frontend.min.css",
                target="govuk-frontend.min.css",
                change=without_emblems,
            ),
            Copied(
                source="dist/govuk/govuk-frontend.min.js",
                target="govuk-frontend.min.js",
                change=without_source_map,
            ),
        ),
        licence_texts=("govuk-frontend.txt",),
    ),
    Package(
        name="zxing-wasm",
        version="3.1.4",
        archive_sha256="2416232a155533bdcfa098a22ec9087734b34640ffa2a7add90bc36e145f6da0",
        licence="MIT AND Apache-2.0",
        folder=SERVED,
        files=(
            Copied(source="dist/es/reader/index.js", target="reader.js", change=beside_share),
            Copied(source="dist/es/share.js", target="share.js", change=beside_itself),
            Copied(source="dist/reader/zxing_reader.wasm", target="zxing_reader.wasm"),
            Copied(source="LICENSE", target="LICENCE.txt"),
        ),
        licence_texts=("zxing-cpp.txt",),
    ),
    Package(
        name="axe-core",
        version="4.14.1",
        archive_sha256="e6b0ce02b84d892e2e33e403485e7f3d6c29e2be6df65daf44d89ba564139745",
        licence="MPL-2.0",
        folder=FOR_TESTS,
        files=(
            Copied(source="axe.min.js", target="axe.min.js"),
            Copied(source="LICENSE", target="LICENCE.txt"),
        ),
    ),
)


def fetch(package: Package, *, into: Path) -> Path:
    """Ask npm for the package, check its archive's hash, and return the unpacked folder."""
    subprocess.run(["npm", "pack", "--silent", f"{package.name}@{package.version}"], cwd=into, check=True)
    archive = into / f"{package.name}-{package.version}.tgz"
    found = hashlib.sha256(archive.read_bytes()).hexdigest()
    if found != package.archive_sha256:
        raise SystemExit(f"{archive.name} has SHA-256 {found}, not {package.archive_sha256}")
    unpacked = into / package.name
    with tarfile.open(archive) as opened:
        opened.extractall(unpacked, filter="data")
    return unpacked / "package"


def copy(package: Package, *, source: Path) -> Iterator[Path]:
    """Write the package's files where they are kept, and yield each path."""
    folder = package.folder / package.name
    folder.mkdir(parents=True, exist_ok=True)
    for copied in package.files:
        content = (source / copied.source).read_bytes()
        if copied.change:
            content = copied.change(content.decode()).encode()
        yield written(folder / copied.target, content)
    for name in package.licence_texts:
        yield written(folder / f"LICENCE-{name}", (LICENCES / name).read_bytes())


def written(path: Path, content: bytes) -> Path:
    """Write the bytes and give the path back."""
    path.write_bytes(content)
    return path


def entry(package: Package, path: Path) -> dict[str, str]:
    """One line of VENDOR.json."""
    return {
        "name": package.name,
        "version": package.version,
        "file": path.relative_to(package.folder).as_posix(),
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "licence": package.licence,
    }


def main() -> None:
    """Fetch every package and write one VENDOR.json for each folder."""
    entries: dict[Path, list[dict[str, str]]] = {SERVED: [], FOR_TESTS: []}
    with tempfile.TemporaryDirectory() as work:
        for package in PACKAGES:
            source = fetch(package, into=Path(work))
            entries[package.folder] += [entry(package, path) for path in copy(package, source=source)]
    for folder, lines in entries.items():
        (folder / "VENDOR.json").write_text(json.dumps(lines, indent=2) + "\n")


if __name__ == "__main__":
    main()

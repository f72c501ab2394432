"""The two folders by which the revenues system is reached: it takes what arrived whole, and lays its answers down."""

import hashlib
import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from tests.revenues.receiver import Revenues


@dataclass
class Folders:
    """Where files arrive, where answers are laid, and how often each file was taken."""

    revenues: Revenues
    arriving: Path
    answers: Path
    taken: Counter[str] = field(default_factory=Counter)

    def collect(self) -> list[bytes]:
        """Take each file whose manifest says that it is whole, and answer it; what has no manifest is left alone."""
        answers = [self._take(done) for done in sorted(self.arriving.glob("*.done"))]
        if self.revenues.changes:
            name = f"CTU_{self._ours}_{self.revenues.change_files + 1:06d}_{self.revenues.today:%Y%m%d}.csv"
            self._lay(name, self.revenues.tell_changes())
        return answers

    def lose(self) -> dict[str, bytes]:
        """What arrived, which is no longer there."""
        lost = {path.name: path.read_bytes() for path in self.arriving.iterdir()}
        for name in lost:
            (self.arriving / name).unlink()
        return lost

    def find(self, lost: dict[str, bytes]) -> None:
        """It is there again, as it was."""
        for name, content in lost.items():
            (self.arriving / name).write_bytes(content)

    def _take(self, done: Path) -> bytes:
        path, said = done.with_suffix(""), json.loads(done.read_bytes())
        content = path.read_bytes()
        assert said["file"] == path.name
        assert (said["bytes"], said["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
        self.taken[path.name] += 1
        sequence = path.name.split("_")[3]
        answer = self.revenues.receive(content)
        self._lay(f"CTR_{self._ours}_{sequence}_{self.revenues.today:%Y%m%d}.csv", answer)
        done.unlink()
        path.unlink()
        return answer

    @property
    def _ours(self) -> str:
        return f"{self.revenues.authority}_{self.revenues.environment}"

    def _lay(self, name: str, content: bytes) -> None:
        self.answers.mkdir(parents=True, exist_ok=True)
        (self.answers / name).write_bytes(content)

"""What is acknowledged is on the disk: the connections of the service wait for it at every commit."""

from sqlalchemy import Engine, text

from ledger.store import reading

WAITS_FOR_THE_DISK = {"sqlite": ("PRAGMA synchronous", 2), "postgresql": ("SHOW synchronous_commit", "on")}
"""What each database is asked, and its answer where a commit waits: 2 is SQLite's FULL."""


def test_a_commit_waits_for_the_disk(engine: Engine) -> None:
    question, answer = WAITS_FOR_THE_DISK[engine.dialect.name]
    with reading(engine) as session:
        assert session.execute(text(question)).scalar_one() == answer

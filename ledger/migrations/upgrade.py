"""Bring a database to the newest schema."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, pool, text
from sqlalchemy.engine import URL, Connection

from ledger.store import FOR_COMMANDS, make_engine


def configuration() -> Config:
    """Alembic's configuration: the scripts of this package, no file of its own."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    return config


def head() -> str:
    """The newest revision."""
    newest = ScriptDirectory.from_config(configuration()).get_current_head()
    assert newest is not None, "there is no migration"
    return newest


def upgrade(url: str | URL, *, owner_role: str | None = None) -> str:
    """Upgrade to the newest revision and return it; on PostgreSQL as `owner_role`, of which the login is a member.

    SQLite's migrations run in one exclusive unit of work; PostgreSQL's too.
    """
    sqlite = str(url).startswith("sqlite")
    engine = make_engine(url, patience=FOR_COMMANDS) if sqlite else create_engine(url, poolclass=pool.NullPool)
    try:
        with engine.begin() as connection:
            if owner_role and not sqlite:
                connection.execute(text(f'SET ROLE "{owner_role}"'))
            migrate(connection)
    finally:
        engine.dispose()
    return head()


def migrate(connection: Connection) -> None:
    """Run every migration that a connection's database lacks; its unit of work is the caller's."""
    config = configuration()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def revision_of(connection: Connection) -> str | None:
    """The revision a database stands at; None where it was never migrated."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()

"""How Alembic runs our migrations: on the connection that `upgrade` hands over, comparing with the whole schema."""

from typing import Any

from alembic import context

from ledger.schema import metadata


def include(_object: Any, name: str | None, kind: str, _reflected: bool, _compare_to: Any) -> bool:
    """Whether the comparison looks at a thing: PostgreSQL's `transfers.xid`, with its indexes, is the migration's."""
    return not (name or "").endswith("xid")


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata(),
    include_object=include,
    compare_type=True,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()

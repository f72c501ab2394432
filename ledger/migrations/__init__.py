"""Alembic migrations of the whole schema, inside the package so that an installed copy can upgrade."""

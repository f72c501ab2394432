"""The revisions, oldest first; each applies to SQLite and PostgreSQL alike."""
